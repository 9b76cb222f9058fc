// The sources that the static host is built from and that are not ours: Debian's QuickJS and libseccomp (sources.json), as Debian's archive
// has them. They are fetched by apt, from the mirror that the machine's own apt uses, and taken only with the recorded sha256.
// TSRUNC_SOURCES=DIR takes the same files from a directory instead; nothing is fetched then.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { progress } from "./stamps.mjs";
import { Missing } from "./tools.mjs";

const HELPER = "/usr/lib/apt/apt-helper";

export const sources = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "sources.json"), "utf8"));

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Debian's mirrors in the order of the machine's apt, whether its sources are in deb822 or one-line style. */
function mirrors() {
  const { stdout, status } = spawnSync("apt-get", ["indextargets", "--format", "$(ORIGIN)\t$(REPO_URI)", "Created-By: Packages"], {
    encoding: "utf8",
  });
  if (status !== 0) return [];
  const lines = stdout.split("\n").map((line) => line.split("\t"));
  const uris = lines.filter(([origin, uri]) => origin.startsWith("Debian") && uri).map(([, uri]) => uri.replace(/\/*$/, "/"));
  // That of security updates has no other packages, so it comes last.
  const rank = (uri) => (uri.includes("security") ? 1 : 0);
  return [...new Set(uris)].sort((a, b) => rank(a) - rank(b));
}

function fetchByApt({ pool, sha256: wanted }, target) {
  const failures = [];
  for (const mirror of mirrors()) {
    // As the user that we are: apt's own one cannot write below our directory.
    const options = ["-o", "APT::Sandbox::User=", "-qq"];
    const got = spawnSync(HELPER, [...options, "download-file", `${mirror}${pool}`, target, `SHA256:${wanted}`], { encoding: "utf8" });
    if (got.status === 0 && existsSync(target)) return [];
    const lines = `${got.stderr ?? ""}`.split("\n").filter((line) => line.startsWith("E:"));
    failures.push(`${mirror}: ${lines.at(-1)?.slice(3) ?? got.error?.message ?? `exit code ${got.status}`}`);
  }
  return failures.length > 0 ? failures : ["apt has no mirror of Debian"];
}

function obtain(source, target) {
  const file = basename(source.pool);
  const own = process.env.TSRUNC_SOURCES;
  if (own) {
    if (!existsSync(join(own, file)))
      throw new Missing(`${file} is not in TSRUNC_SOURCES=${own}: put the file of Debian 13's archive there.`);
    return copyFileSync(join(own, file), target);
  }
  const why = existsSync(HELPER) ? fetchByApt(source, target) : ["this is no Debian with apt"];
  if (why.length > 0) {
    throw new Missing(
      `${file} could not be fetched (${why.join("; ")}): take it from Debian 13's archive, ${source.pool}, and give its directory as TSRUNC_SOURCES=DIR.`,
    );
  }
}

/** DIR/quickjs-VERSION and DIR/libseccomp-VERSION below `directory`. Throws Missing. */
export function vendorSources(directory) {
  mkdirSync(directory, { recursive: true });
  for (const [name, source] of Object.entries(sources)) {
    const unpacked = join(directory, source.directory);
    if (existsSync(unpacked)) continue;
    const begin = performance.now();
    // Several builds may run at once, each with files of its own until the last moment.
    const scratch = join(directory, `${name}.${process.pid}`);
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch);
    try {
      const tarball = join(scratch, basename(source.pool));
      obtain(source, tarball);
      const found = sha256(tarball);
      if (found !== source.sha256)
        throw new Missing(`${basename(source.pool)} is not the recorded file: sha256 ${found}, expected ${source.sha256}.`);
      const tar = spawnSync("tar", ["-xf", tarball, "-C", scratch], { encoding: "utf8" });
      if (tar.status !== 0) throw new Missing(`${basename(source.pool)} cannot be unpacked: ${tar.stderr?.trim() || tar.error?.message}`);
      if (!existsSync(unpacked)) renameSync(join(scratch, source.directory), unpacked);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    progress(name, `${source.version} fetched (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
  }
}
