// The runtimes that tsrunc is measured against: the newest runc and crun of Debian sid, with the libraries that they have there.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const wanted = ["runc", "crun"];
const week = 7 * 24 * 3600 * 1000;

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, timeout: 300_000, ...options });
  if (result.status === 0) return result.stdout;
  throw new Error(`${command} ${args.at(-1)}: ${(result.stderr || result.error?.message || "failed").trim().split("\n").at(-1)}`);
}

/** The archive that this machine's apt takes Debian from. */
function debianMirror() {
  const format = "$(REPO_URI)|$(ORIGIN)|$(LABEL)";
  const lines = run("apt-get", ["indextargets", "--format", format, "Identifier: Packages"]).split("\n");
  const sources = lines.filter((line) => line !== "").map((line) => line.split("|"));
  const found =
    sources.find(([, origin, label]) => origin === "Debian" && label === "Debian") ?? sources.find(([uri]) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error("apt has no source of Debian packages");
  return found[0];
}

/** Downloads the packages and what they need, as on a system where nothing is installed. Nothing of the machine's own apt changes. */
function download(directory) {
  const at = (name) => join(directory, name);
  for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(at(name), { recursive: true });
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const signed = existsSync(keyring) ? `Signed-By: ${keyring}\n` : "";
  writeFileSync(at("sid.sources"), `Types: deb\nURIs: ${debianMirror()}\nSuites: sid\nComponents: main\n${signed}`);
  writeFileSync(at("status"), "");
  const settings = {
    "Dir::Etc::sourcelist": at("sid.sources"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::State::lists": at("lists"),
    "Dir::State::status": at("status"),
    "Dir::Cache": at("cache"),
    "APT::Architectures": run("dpkg", ["--print-architecture"]).trim(),
    "APT::Sandbox::User": "root",
    "APT::Update::Error-Mode": "any",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "20",
    "Debug::NoLocking": "1",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  run("apt-get", [...options, "-q", "update"]);
  run("apt-get", [...options, "-q", "-y", "--no-install-recommends", "--download-only", "install", "patchelf", ...wanted]);
  const archives = at("cache/archives");
  return readdirSync(archives)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(archives, name));
}

/** Makes the executables start with the libraries beside them, at once and without a wrapper, as they do on sid. */
function relocate(root) {
  const lib = join(root, "usr/lib");
  const libraries = readdirSync(lib)
    .map((name) => join(lib, name))
    .find((path) => existsSync(join(path, "libc.so.6")));
  const name = libraries && readdirSync(libraries).find((entry) => /^ld-linux.*\.so\.\d$/.test(entry));
  if (name === undefined) throw new Error("libc6 of sid has no dynamic loader where it is expected");
  const loader = join(libraries, name);
  const set = ["--library-path", libraries, join(root, "usr/bin/patchelf"), "--set-interpreter", loader, "--set-rpath", libraries];
  for (const path of [join(root, "usr/sbin/runc"), join(root, "usr/bin/crun")]) run(loader, [...set, path]);
}

function fetchPeers(directory) {
  const fresh = `${directory}.new`;
  rmSync(fresh, { recursive: true, force: true });
  try {
    mkdirSync(fresh, { recursive: true });
    const archives = download(fresh);
    // The executables hold the absolute path of their libraries: the final one.
    const root = join(directory, "root");
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    for (const archive of archives) run("dpkg-deb", ["-x", archive, root]);
    relocate(root);
    writeFileSync(join(directory, "packages"), archives.map((path) => `${path.split("/").at(-1)}\n`).join(""));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function version(path) {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return /version (\S+)/.exec(stdout ?? "")?.[1];
}

const installed = () => ({ runc: "/usr/sbin/runc", crun: "/usr/bin/crun" });

/**
 * {runc, crun}: {path, version, from}. The packages are fetched once into `directory` and again after a week or with `refresh`; without a network
 * those of last time serve, or what is installed; `note` then gets one sentence.
 */
export function findPeers(directory, { refresh = false, offline = false, note }) {
  const stamp = join(directory, "packages");
  const old = !existsSync(stamp) || Date.now() - statSync(stamp).mtimeMs > week;
  if ((old || refresh) && !offline) {
    try {
      fetchPeers(directory);
    } catch (error) {
      note(
        `runc and crun of Debian sid were not fetched (${error.message}): ${existsSync(stamp) ? "those of last time" : "the installed ones"} are measured`,
      );
    }
  }
  const fetched = existsSync(stamp);
  const paths = fetched ? { runc: join(directory, "root/usr/sbin/runc"), crun: join(directory, "root/usr/bin/crun") } : installed();
  return Object.fromEntries(
    wanted.map((name) => [name, { path: paths[name], version: version(paths[name]), from: fetched ? "Debian sid" : "installed" }]),
  );
}
