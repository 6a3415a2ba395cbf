import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import styles from './configuration.module.css';
import { FileWorkbench } from './file-workbench.tsx';
import { configurationText, configurationTree, optionCatalogue } from './queries.ts';
import { ServiceTree } from './service-tree.tsx';

const route = getRouteApi('/configuration');

export function ConfigurationPage() {
  const asked = route.useSearch().host;
  const host = asked !== undefined && /^[a-zA-Z0-9._-]{1,255}$/.test(asked) ? asked : undefined;
  const tree = useQuery(configurationTree);
  const file = useQuery(configurationText(host));
  const catalogue = useQuery(optionCatalogue);
  const error = tree.error ?? file.error ?? catalogue.error;
  return (
    <Page
      title="Advanced Configuration"
      about="What is pushed to monitors and workers. A save changes nothing yet: Operations → Reconfigure brings it to the hosts."
    >
      {error && (
        <Problem
          error={error}
          doing="Reading the configuration"
          retry={() => void Promise.all([tree.refetch(), file.refetch(), catalogue.refetch()])}
        />
      )}
      <div className={styles.columns}>
        {tree.data && <ServiceTree tree={tree.data} host={host} />}
        {file.data && catalogue.data && (
          <FileWorkbench
            key={host ?? ''}
            saved={file.data}
            host={host}
            catalogue={catalogue.data}
            applied={tree.data?.applied ?? null}
          />
        )}
      </div>
    </Page>
  );
}
