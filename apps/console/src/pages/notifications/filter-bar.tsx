import { type NotificationStatus, notificationStatuses, notificationTypes } from '@instance-ha/notification';
import { Button, Group, Input, NativeSelect } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { CommittedInput } from '../../ui/committed-input.tsx';
import { isFiltered, type NotificationFilter } from './filter.ts';
import { fromLocalInput, toLocalInput } from './local-input.ts';

type Props = { filter: NotificationFilter; onChange: (filter: NotificationFilter) => void };

/** Choices act at once; what is typed acts with Enter, or when the field is left. */
export function FilterBar({ filter, onChange }: Props) {
  const change = (part: Partial<NotificationFilter>): void => onChange({ ...filter, ...part });
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label="Filter the notifications">
      <NativeSelect
        label="Type"
        w={180}
        data={[{ value: '', label: 'any' }, ...notificationTypes]}
        value={filter.type ?? ''}
        onChange={({ currentTarget: { value } }) =>
          change({ type: value === '' ? undefined : (value as NotificationFilter['type']) })
        }
      />
      <CommittedInput label="Source host" value={filter.host} onCommit={host => change({ host })} />
      <CommittedInput
        label="Instance"
        placeholder="name or UUID"
        value={filter.instance}
        onCommit={instance => change({ instance })}
      />
      <CommittedInput
        label="From"
        type="datetime-local"
        value={toLocalInput(filter.since)}
        onCommit={since => change({ since: fromLocalInput(since) })}
      />
      <CommittedInput
        label="Until"
        type="datetime-local"
        value={toLocalInput(filter.until)}
        onCommit={until => change({ until: fromLocalInput(until) })}
      />
      <StatusChips chosen={filter.status} onChange={status => change({ status })} />
      {isFiltered(filter) && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => onChange({})}
        >
          Clear
        </Button>
      )}
    </Group>
  );
}

type ChipsProps = {
  chosen: NotificationStatus[] | undefined;
  onChange: (status: NotificationStatus[] | undefined) => void;
};

const StatusChips = ({ chosen = [], onChange }: ChipsProps) => (
  <fieldset className="plain">
    <Input.Label component="legend">Status</Input.Label>
    <Group gap={6} h={36}>
      {notificationStatuses.map(status => {
        const isChosen = chosen.includes(status);
        const next = isChosen ? chosen.filter(one => one !== status) : [...chosen, status];
        return (
          <Button
            key={status}
            size="compact-sm"
            fw={500}
            variant={isChosen ? 'filled' : 'default'}
            aria-pressed={isChosen}
            leftSection={isChosen ? <IconCheck size={13} aria-hidden /> : undefined}
            onClick={() => onChange(next.length > 0 ? next : undefined)}
          >
            {status}
          </Button>
        );
      })}
    </Group>
  </fieldset>
);
