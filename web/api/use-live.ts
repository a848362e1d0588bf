import { useEffect, useRef, useState } from 'react';
import { cleanAnswer } from '../text/clean-text.ts';
import { type LiveEvent, type LiveState, listenLive } from './live.ts';

/** Hears what happens while the page is seen and `isOn`. */
export function useLive(isOn: boolean, hear: (event: LiveEvent) => void): LiveState {
  const [state, setState] = useState<LiveState>('paused');
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    if (!isOn) {
      setState('paused');
      return;
    }
    return listenLive({ hear: ({ name, data }) => latest.current({ name, data: cleanAnswer(data) }), turn: setState });
  }, [isOn]);
  return state;
}
