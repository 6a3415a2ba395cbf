import { IconMapOff } from '@tabler/icons-react';
import { Empty } from '../ui/empty.tsx';
import { PageLink } from '../ui/page-link.tsx';

export const PageMissing = () => (
  <Empty icon={IconMapOff} title="There is no such page">
    The address may be cut or old. The <PageLink to="/notifications">notifications</PageLink> are a good place
    to begin.
  </Empty>
);
