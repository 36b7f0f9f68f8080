/** What a view loads: its data, or why there is none. */
import { offline } from "../api.js";
import { sessionEnded } from "../signin.js";
import { useEffect, useRef, useState } from "../vendor/ui.js";

/**
 * Loads when `deps` change. The data before stays until the new is there; a failure keeps it, too.
 * @template T
 * @param {(abort: AbortSignal) => Promise<T>} load
 * @param {readonly unknown[]} deps
 * @returns {{data: T | null, error: unknown, loading: boolean, again: () => void, set: (data: T) => void}}
 */
export function useLoad(load, deps) {
  const [state, setState] = useState(/** @type {{data: T | null, error: unknown, loading: boolean}} */ ({ data: null, error: null, loading: true }));
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(abort.signal).then(
      (data) => { if (!abort.signal.aborted) setState({ data, error: null, loading: false }); },
      (error) => { if (!abort.signal.aborted) setState((before) => ({ ...before, error, loading: false })); },
    );
    return () => abort.abort();
  }, [...deps, round]);
  return { ...state, again: () => setRound((n) => n + 1), set: (data) => setState({ data, error: null, loading: false }) };
}

/**
 * Does something again and again while the page can be seen and the server reached, and at once when it can be seen again.
 * @param {() => void} run
 * @param {number} every milliseconds
 */
export function usePoll(run, every) {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const due = () => { if (!document.hidden && !offline.peek() && !sessionEnded.peek()) latest.current(); };
    const timer = setInterval(due, every);
    document.addEventListener("visibilitychange", due);
    addEventListener("online", due);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", due);
      removeEventListener("online", due);
    };
  }, [every]);
}
