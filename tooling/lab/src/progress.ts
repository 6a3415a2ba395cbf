/** What the lab is doing, for a person who waits. `text` is one plain line without a line end. */
export type LabProgress = {
  step: 'waiting' | 'packages' | 'image' | 'host' | 'guest' | 'down';
  text: string;
};

export type OnProgress = (progress: LabProgress) => void;
