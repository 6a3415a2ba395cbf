import { Code, Stack, Text } from '@mantine/core';

/** What to do for guests whose silence nobody would notice. */
export const AgentGuidance = () => (
  <details>
    <Text component="summary" size="sm" fw={600}>
      How a guest comes to be fully watched
    </Text>
    <Stack gap="xs" mt="xs" maw={760}>
      <Text size="sm">
        A crash is always seen. A guest that hangs or panics in silence is noticed by its agent, which answers
        when it is asked. It needs both of these:
      </Text>
      <Text size="sm">
        1. <b>A channel.</b> With OpenStack, a property of the image, and instances made after that:
      </Text>
      <Code block>openstack image set --property hw_qemu_guest_agent=yes IMAGE</Code>
      <Text size="sm">
        With libvirt alone, in the domain: <Code>{'<channel type="unix">'}</Code> with a target named{' '}
        <Code>org.qemu.guest_agent.0</Code>.
      </Text>
      <Text size="sm">
        2. <b>The agent</b>, inside the guest:
      </Text>
      <Code block>
        {
          'apt-get install qemu-guest-agent    # Debian, Ubuntu\ndnf install qemu-guest-agent        # Fedora, RHEL\nsystemctl enable --now qemu-guest-agent'
        }
      </Code>
      <Text size="sm">
        The guest is listed as <b>unproven</b> until it has answered once, and as <b>alive</b> from then on.
      </Text>
    </Stack>
  </details>
);
