/** What the lab is doing, for a person who waits. `text` is one plain line without a line end. */
export type Progress = {
  step: 'waiting' | 'packages' | 'prepare' | 'service' | 'compute' | 'objects' | 'guest' | 'down';
  text: string;
};

export type OnProgress = (progress: Progress) => void;
