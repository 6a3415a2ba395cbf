import { Page } from '../../ui/page.tsx';
import { PauseSection } from './pause-section.tsx';

export const OperationsPage = () => (
  <Page title="Operations" about="What is done to the whole service at once.">
    <PauseSection />
  </Page>
);
