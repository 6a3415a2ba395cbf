import {
  Button,
  Group,
  PasswordInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type ControlAttributes, noAttributes } from '../../model/control-attributes.ts';

export type HostDraft = {
  name: string;
  type: string;
  reserved: boolean;
  onMaintenance: boolean;
  attributes: ControlAttributes;
};

export const emptyHost: HostDraft = {
  name: '',
  type: 'COMPUTE',
  reserved: false,
  onMaintenance: false,
  attributes: noAttributes,
};

type Props = { draft: HostDraft; onChange: (draft: HostDraft) => void };

export function HostFields({ draft, onChange }: Props) {
  const set = (part: Partial<HostDraft>): void => onChange({ ...draft, ...part });
  return (
    <Stack>
      <SimpleGrid cols={2} spacing="sm">
        <TextInput
          label="Host name"
          description="As Nova spells it"
          required
          maxLength={255}
          value={draft.name}
          onChange={event => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Type"
          description="Letters and digits"
          required
          pattern="[A-Za-z0-9]*"
          value={draft.type}
          onChange={event => set({ type: event.currentTarget.value })}
        />
      </SimpleGrid>
      <Group gap="xl">
        <Switch
          label="Reserved: kept free for others"
          checked={draft.reserved}
          onChange={event => set({ reserved: event.currentTarget.checked })}
        />
        <Switch
          label="On maintenance: not acted on"
          checked={draft.onMaintenance}
          onChange={event => set({ onMaintenance: event.currentTarget.checked })}
        />
      </Group>
      <AttributeFields attributes={draft.attributes} onChange={attributes => set({ attributes })} />
    </Stack>
  );
}

type AttributeProps = { attributes: ControlAttributes; onChange: (attributes: ControlAttributes) => void };

/** How the host is reached out of band. What is not JSON is edited as the text it is. */
function AttributeFields({ attributes, onChange }: AttributeProps) {
  switch (attributes.kind) {
    case 'hidden':
      return (
        <Text size="sm" c="dimmed">
          Its control attributes are shown to who may change them.
        </Text>
      );
    case 'text':
      return (
        <Textarea
          label="Control attributes"
          autosize
          minRows={2}
          value={attributes.text}
          onChange={event => onChange({ kind: 'text', text: event.currentTarget.value })}
        />
      );
    case 'ipmi':
      return (
        <fieldset className="plain">
          <Text component="legend" size="sm" fw={500} mb={4}>
            Control attributes (IPMI)
          </Text>
          <SimpleGrid cols={3} spacing="sm">
            <TextInput
              label="BMC address"
              value={attributes.host}
              onChange={event => onChange({ ...attributes, host: event.currentTarget.value })}
            />
            <TextInput
              label="BMC user"
              autoComplete="off"
              value={attributes.username}
              onChange={event => onChange({ ...attributes, username: event.currentTarget.value })}
            />
            <PasswordInput
              label="BMC password"
              autoComplete="new-password"
              value={attributes.password}
              onChange={event => onChange({ ...attributes, password: event.currentTarget.value })}
            />
          </SimpleGrid>
          <Group gap="sm" mt="xs">
            <Button size="xs" variant="default" disabled aria-describedby="no-fence">
              Test
            </Button>
            <Text id="no-fence" size="xs" c="dimmed">
              Kept sealed for a fence driver. None is built in yet that could test them.
            </Text>
          </Group>
        </fieldset>
      );
  }
}
