import { Page } from '../../ui/page.tsx';
import { OperationHistory } from './operation-history.tsx';
import { PauseSection } from './pause-section.tsx';
import { ReconfigureSection } from './reconfigure-section.tsx';

export const OperationsPage = () => (
  <Page title="Operations" about="What is done to the whole service at once.">
    <PauseSection />
    <ReconfigureSection />
    <OperationHistory />
  </Page>
);
