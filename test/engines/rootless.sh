#!/usr/bin/env bash
# rootless.sh RUNTIME IMAGES [ENGINES]: rootless podman and rootless Docker, as Debian packages them, run containers with RUNTIME. To be run as a user with
# subordinate ids and a systemd user manager (`as-user` of the virtual machine, docs/testing-vm.md); IMAGES is what the suite's image.sh made.
# TAP on standard output; 1 when a case failed.
set -uo pipefail
runtime=$1 images=$2
image=localhost/busybox:engines
work=$(mktemp -d)
number=0 failed=0
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
cd "$work" || exit 2

check() { # WHAT GOT WANT
    number=$((number + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        failed=$((failed + 1))
        echo "not ok $number - $1"
        printf 'got:  %s\nwant: %s\n' "$2" "$3" | sed 's/^/# /'
    fi
}

twenty() { # COMMAND...: `run --rm` of it, twenty times
    local i ran=0
    for i in $(seq 20); do
        [ "$("$@" "$image" echo "hello $i" 2>>"$work/errors")" = "hello $i" ] && ran=$((ran + 1))
    done
    echo "$ran"
}

# NAME CLIENT...: the life of a container with limits; prints what was seen.
life() {
    local name=$1
    shift
    "$@" run -d --name "$name" --network none --memory 64m --pids-limit 30 "$image" sleep 1000 >/dev/null &&
        "$@" exec "$name" sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; id -u' | tr '\n' ' ' && echo &&
        "$@" pause "$name" >/dev/null && "$@" inspect --format '{{.State.Status}}' "$name" &&
        "$@" unpause "$name" >/dev/null && "$@" kill "$name" >/dev/null && "$@" rm -f "$name" >/dev/null &&
        "$@" ps -aq | wc -l
}
lived=$'67108864 30 0 \npaused\n0'

left() { # the container's cgroups, of any user
    find /sys/fs/cgroup \( -name 'libpod-*' -o -name 'docker-*' \) ! -name '*.slice' 2>/dev/null | wc -l
}

rootless_podman() { # MANAGER
    local p=(podman --runtime "$runtime" --cgroup-manager "$1")
    check "podman, $1: the image is loaded" "$("${p[@]}" load -q -i "$images/busybox.oci.tar" >/dev/null 2>&1 && echo yes)" yes
    check "podman, $1: twenty containers" "$(twenty "${p[@]}" run --rm --network none)" 20
    check "podman, $1: limits, exec, pause, kill" "$(life "c-$1" "${p[@]}" 2>&1)" "$lived"
    check "podman, $1: slirp4netns" "$("${p[@]}" run --rm --network slirp4netns "$image" ls /sys/class/net 2>&1 | tr '\n' ' ')" 'lo tap0 '
    check "podman, $1: no cgroup is left" "$(left)" 0
}

# dockerd waits 15 seconds for a containerd of its own, which an emulated machine does not make: it gets one that runs.
containerd_first() {
    mkdir "$work/bin"
    cat >"$work/bin/dockerd" <<SH
#!/bin/sh
containerd --root $work/containerd --state $XDG_RUNTIME_DIR/containerd --address $XDG_RUNTIME_DIR/containerd.sock >$work/containerd.log 2>&1 &
until ctr --address $XDG_RUNTIME_DIR/containerd.sock version >/dev/null 2>&1; do sleep 1; done
exec /usr/sbin/dockerd --containerd $XDG_RUNTIME_DIR/containerd.sock "\$@"
SH
    chmod 755 "$work/bin/dockerd"
}

rootless_docker() {
    containerd_first
    export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/docker.sock PATH=$work/bin:$PATH:/usr/sbin:/sbin
    /usr/share/docker.io/contrib/dockerd-rootless.sh --data-root "$work/docker" --add-runtime "tested=$runtime" --default-runtime tested \
        --storage-driver vfs --exec-opt native.cgroupdriver="$1" >"$work/docker.log" 2>&1 &
    local daemon=$!
    for _ in $(seq 300); do docker version >/dev/null 2>&1 && break; sleep 1; done
    check "docker, $1: the daemon runs as the user" "$(docker info --format '{{.SecurityOptions}} {{.CgroupDriver}}' 2>&1 | grep -o -e rootless -e "$1" | tr '\n' ' ')" "rootless $1 "
    check "docker, $1: the image is loaded" "$(docker load -q -i "$images/busybox.docker.tar" >/dev/null 2>&1 && echo yes)" yes
    check "docker, $1: twenty containers" "$(twenty docker run --rm --network none)" 20
    check "docker, $1: limits, exec, pause, kill" "$(life c-docker docker 2>&1)" "$lived"
    check "docker, $1: a bridge" "$(docker run --rm "$image" ls /sys/class/net 2>&1 | grep -c eth0)" 1
    kill "$daemon"
    wait "$daemon" 2>/dev/null
    check "docker, $1: no cgroup is left" "$(left)" 0
    [ "$failed" = 0 ] || tail -n 20 "$work/docker.log" | sed 's/^/# docker: /'
}

engines=${3:-podman docker}
case $engines in *podman*) rootless_podman cgroupfs; rootless_podman systemd ;; esac
case $engines in *docker*) rootless_docker systemd ;; esac
[ ! -s "$work/errors" ] || sed 's/^/# /' "$work/errors" | head -n 40
echo "1..$number"
[ "$failed" = 0 ]
