import './form-styles.ts';
import { Button, Card, CloseButton, Group, Modal, Stack, Stepper, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Problem } from '../../ui/problem.tsx';
import { emptyHost, type HostDraft, HostFields } from './host-fields.tsx';
import { type Made, makeSegment } from './make-segment.ts';
import { segmentsKey } from './queries.ts';
import { emptySegment, SegmentFields } from './segment-fields.tsx';

/** Two steps: the segment, then its hosts. Nothing is made before the end; what was made stays made when a host is refused. */
export default function SegmentWizard({ close }: { close: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [step, setStep] = useState(0);
  const [segment, setSegment] = useState(emptySegment);
  const [hosts, setHosts] = useState<HostDraft[]>([emptyHost]);
  const [made, setMade] = useState<Made>({ segmentUuid: undefined, hosts: [] });
  const finish = useMutation({
    mutationFn: () => makeSegment({ segment, hosts, made, onMade: setMade }),
    onSettled: () => client.invalidateQueries({ queryKey: segmentsKey }),
    onSuccess: uuid => void navigate({ to: '/segments/$uuid', params: { uuid } }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (step === 0) setStep(1);
    else finish.mutate();
  };
  const change = (index: number, host: HostDraft): void =>
    setHosts(before => before.map((one, place) => (place === index ? host : one)));
  return (
    <Modal
      opened
      onClose={close}
      title="New segment"
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
      closeOnClickOutside={false}
    >
      <form onSubmit={submit}>
        <Stepper active={step} size="sm" allowNextStepsSelect={false} onStepClick={setStep}>
          <Stepper.Step label="Segment" description="How it recovers">
            <SegmentFields draft={segment} onChange={setSegment} />
          </Stepper.Step>
          <Stepper.Step label="Hosts" description="Who is in it">
            <Stack>
              <Text size="sm" c="dimmed">
                Leave 20 to 30 per cent of the segment free, or as much as its largest host carries.
              </Text>
              {hosts.map((host, index) => (
                <Card key={index} withBorder padding="sm">
                  <Group justify="flex-end">
                    <CloseButton
                      aria-label={`Take host ${index + 1} out`}
                      onClick={() => setHosts(before => before.filter((_, place) => place !== index))}
                    />
                  </Group>
                  <HostFields draft={host} onChange={next => change(index, next)} />
                </Card>
              ))}
              <Button
                variant="light"
                leftSection={<IconPlus size={16} aria-hidden />}
                onClick={() => setHosts(before => [...before, emptyHost])}
              >
                Another host
              </Button>
            </Stack>
          </Stepper.Step>
        </Stepper>
        <Stack mt="md">
          {finish.error && <Problem error={finish.error} doing="Making the segment" />}
          <Group justify="flex-end">
            {step === 1 && (
              <Button variant="default" onClick={() => setStep(0)}>
                Back
              </Button>
            )}
            <Button type="submit" loading={finish.isPending}>
              {step === 0 ? 'Next: hosts' : 'Make the segment'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
