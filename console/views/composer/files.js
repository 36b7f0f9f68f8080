/** The files of a draft: uploaded at once, with progress; pictures in the text are files, too. */
import { ApiError, post, upload } from "../../api.js";
import { t } from "../../texts.js";
import { useEffect, useRef, useState } from "../../vendor/ui.js";

/** @typedef {import("../case/drafts.js").DraftFile} DraftFile */

/**
 * @typedef {object} File_
 * @property {string} id of this page
 * @property {string} filename
 * @property {string} content_type
 * @property {number} size
 * @property {number} share uploaded, from 0 to 1
 * @property {string | null} upload_id null until it is uploaded
 * @property {string | null} content_id of a picture in the text
 * @property {string | null} data
 * @property {string | null} error
 * @property {Blob | null} blob null after a reload
 */

/** Pictures up to this size are kept with the draft, to show them after a reload. */
const KEPT_PICTURE = 400_000;

/** @param {DraftFile[]} kept */
export function useFiles(kept) {
  const [files, setFiles] = useState(/** @type {File_[]} */ (kept.map((file) => ({ ...file, id: file.upload_id, share: 1, error: null, blob: null }))));
  const stops = useRef(/** @type {Map<string, AbortController>} */ (new Map()));
  const latest = useRef(files);
  const change = (/** @type {(list: File_[]) => File_[]} */ how) => setFiles(latest.current = how(latest.current));
  const update = (/** @type {string} */ id, /** @type {Partial<File_>} */ what) => change((list) => list.map((file) => (file.id === id ? { ...file, ...what } : file)));
  useEffect(() => () => { for (const stop of stops.current.values()) stop.abort(); }, []);

  const running = useRef(/** @type {Set<Promise<void>>} */ (new Set()));
  const start = (/** @type {string} */ id, /** @type {Blob} */ blob, /** @type {string} */ filename) => {
    const work = send(id, blob, filename).finally(() => running.current.delete(work));
    running.current.add(work);
  };

  /** @param {string} id @param {Blob} blob @param {string} filename */
  async function send(id, blob, filename) {
    const stop = new AbortController();
    stops.current.set(id, stop);
    update(id, { error: null, share: 0 });
    try {
      const link = await post("/attachments", { filename, content_type: blob.type || "application/octet-stream", size: blob.size });
      await upload(link, blob, (share) => update(id, { share }), stop.signal);
      update(id, { upload_id: link.upload_id, share: 1 });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      const said = error instanceof ApiError ? error.of("filename") ?? error.of("size") ?? error.of("content_type") ?? error.message : t.agent.uploadFailed;
      update(id, { error: said, share: 0 });
    } finally {
      stops.current.delete(id);
    }
  }

  /** @param {File} file @param {boolean} [inline] whether it is a picture in the text @returns {{id: string, cid: string | null}} */
  function add(file, inline = false) {
    const id = crypto.randomUUID();
    const cid = inline ? `image-${id.slice(0, 13)}` : null;
    const extension = (file.type.split("/")[1] ?? "png").replace("jpeg", "jpg").replace(/\W.*/, "");
    const filename = file.name && file.name !== "image.png" ? file.name : inline ? `${t.agent.pictureName}.${extension}` : file.name || t.agent.fileName;
    change((list) => [...list, { id, filename, content_type: file.type, size: file.size, share: 0, upload_id: null, content_id: cid, data: null, error: null, blob: file }]);
    if (inline && file.size <= KEPT_PICTURE) void dataUrl(file).then((data) => update(id, { data }));
    start(id, file, filename);
    return { id, cid };
  }

  /** @param {string} id */
  function remove(id) {
    stops.current.get(id)?.abort();
    change((list) => list.filter((file) => file.id !== id));
  }

  /** @param {string} id */
  function again(id) {
    const file = latest.current.find((one) => one.id === id);
    if (file?.blob) start(id, file.blob, file.filename);
  }

  /** Waits until no upload is under way. */
  const settled = () => Promise.allSettled([...running.current]);
  return { files, now: () => latest.current, add, remove, again, settled };
}

/** What the draft keeps of its files: those that are uploaded. @param {File_[]} files @returns {DraftFile[]} */
export function keptFiles(files) {
  return files.flatMap(({ upload_id, filename, content_type, size, content_id, data }) => (upload_id ? [{ upload_id, filename, content_type, size, content_id, data }] : []));
}

/** @param {Blob} blob @returns {Promise<string | null>} */
function dataUrl(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => resolve(null);
    reader.readAsDataURL(blob);
  });
}
