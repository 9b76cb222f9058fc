#!/usr/bin/env bash
# shellcheck disable=SC2016 # nothing is to be expanded here
# with-systemd.sh FROM TO: a copy of the engine suites (the directory FROM) that has the engines use the systemd cgroup driver, for a machine
# that may be thrown away afterwards. What is different from the suites:
#   - the processes stay in the machine's pid namespace, as systemd is told of them by number, and see its sockets in /run;
#   - what is waited for may take eight times as long, and what passes by lasts longer, too;
#   - cgroup parents are slices; containerd's cgroups have the form SLICE:PREFIX:NAME.
# Rootless podman and buildah keep the cgroupfs manager, which is what the suites give them.
set -euo pipefail
from=$1 to=$2
rm -rf "$to"
cp -r "$from" "$to"
cd "$to"

# change FILE SED-SCRIPT: each must find something to change, or the suites are no longer those that this was written for.
change() {
    cp "$1" "$1.before"
    sed -i "$2" "$1"
    ! cmp -s "$1" "$1.before" || { echo "with-systemd.sh: $1 has nothing like $2" >&2; exit 2; }
    rm "$1.before"
}

change lib.sh 's/--uts --pid --fork --kill-child --mount-proc/--uts/'
change lib.sh 's|^\( *\)mount -t tmpfs -o mode=755 tmpfs /run$|\1mkdir -p "$T/run"; mount --rbind /run "$T/run"; mount --make-rprivate "$T/run"\n&\n\1mkdir -p /run/systemd /run/dbus; mount --bind "$T/run/systemd" /run/systemd; mount --bind "$T/run/dbus" /run/dbus; umount -l "$T/run"|'
# As the machine is an emulated one.
change lib.sh 's|SECONDS + \$1|SECONDS + 8 * $1|'
for file in docker.sh podman.sh containerd.sh; do
    change "$file" 's/timeout -k 5 40 /timeout -k 5 320 /'
    change "$file" "s/sleep 1; exit 4/sleep 30; exit 4/; s/ sleep=0.[35] / sleep=4 /g; s/'expect=# ' 'send=/'expect=# ' sleep=4 'send=/"
done
for file in docker.sh podman.sh; do
    change "$file" 's/ stop -t 10 / stop -t 80 /; s/ 0 4000 / 0 32000 /; s/ 1000 5000 / 1000 40000 /'
done
# A dash in the name of a slice is a level of the tree.
change lib.sh 's|tag=engines-$engine-\$\$|tag=engines$engine$$|'

change docker.sh 's|--cgroup-parent "/$tag" --storage|--cgroup-parent "$tag.slice" --exec-opt native.cgroupdriver=systemd --storage|'
change docker.sh 's|(/$tag/$id\||(/$tag.slice/docker-$id.scope\||'
change docker.sh 's|"/$tag/$id\\$"|"/$tag.slice/docker-$id.scope\\$"|'
change docker.sh 's|--cgroup-parent "/$tag/deeper/down"|--cgroup-parent "$tag-deeper.slice"|'
change docker.sh 's|"/$tag/deeper/down/"|"/$tag.slice/$tag-deeper.slice/"|'

change podman.sh 's|cgroup_manager = "cgroupfs"|cgroup_manager = "systemd"|'
change podman.sh 's|--cgroup-parent "/$tag"|--cgroup-parent "$tag.slice"|'
change podman.sh 's|p build --cgroup-parent "/$tag/$c"|p build --cgroup-parent "$tag.slice:buildah:$c"|'
change podman.sh 's|(/$tag/libpod-$id\||(/$tag.slice/libpod-$id.scope(/container)?\||'
change podman.sh 's|"/$tag/libpod-$id\\$"|"/$tag.slice/libpod-$id.scope(/container)?\\$"|'

change containerd.sh 's|run --runc-binary "$runtime" "$@"|run --runc-binary "$runtime" --runc-systemd-cgroup --cgroup "$tag.slice:ctr:$c-$RANDOM" "$@"|'
change containerd.sh 's|cgroup=/$tag/$c$|cgroup=$tag.slice:ctr:$c|'
change containerd.sh 's|-path "\*/$tag/\*" -name|-path "*/$tag.slice/*" -name|'
change containerd.sh 's|-name "$c")|-name "*$c*")|'
change containerd.sh 's|-name "$1")|-name "*$1*")|'
change containerd.sh 's|(/$tag/$c\||(/$tag.slice/ctr-$c.scope\||'
change containerd.sh 's|^sleeper() { run -d |&--cgroup "$tag.slice:ctr:$c" |'
change containerd.sh 's|--cgroup "/$tag/deeper/down"|--cgroup "$tag-deeper.slice:ctr:$c-2"|'
change containerd.sh 's|"/$tag/deeper/down\\$"|"/$tag.slice/$tag-deeper.slice/ctr-$c-2.scope\\$"|'
