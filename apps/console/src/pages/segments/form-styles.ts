/** The styles of forms in dialogs. */
import '../../ui/dialog-styles.ts';
import '@mantine/core/styles/Card.css';
import '@mantine/core/styles/PasswordInput.css';
import '@mantine/core/styles/Stepper.css';
import '@mantine/core/styles/Switch.css';
