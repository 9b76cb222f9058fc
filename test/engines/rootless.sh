#!/usr/bin/env bash
# rootless.sh RUNTIME IMAGES [ENGINES]: rootless podman, Docker and containerd, as Debian packages them, run containers with RUNTIME. To be run as a user
# with subordinate ids and a systemd user manager (`as-user` of the virtual machine, docs/testing-vm.md); IMAGES is what the suite's image.sh made.
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
    find /sys/fs/cgroup \( -name 'libpod-*' -o -name 'docker-*' -o -name 'ctr-*' \) ! -name '*.slice' 2>/dev/null | wc -l
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

# As containerd-rootless.sh of nerdctl does it, which Debian does not package: containerd in the namespaces of rootlesskit, and ctr there too, as its
# pipes are in /run/containerd. Its containers have no /sys/fs/cgroup.
rootless_containerd() {
    local state=$work/rootlesskit socket=$XDG_RUNTIME_DIR/containerd/containerd.sock daemon
    rootlesskit --state-dir="$state" --net=slirp4netns --mtu=65520 --slirp4netns-sandbox=auto --slirp4netns-seccomp=auto --disable-host-loopback \
        --copy-up=/etc --copy-up=/run --copy-up=/var/lib --propagation=rslave \
        sh -c "rm -f /run/containerd; exec containerd --root $work/containerd-root --state $XDG_RUNTIME_DIR/containerd --address $socket" \
        >"$work/containerd.log" 2>&1 &
    daemon=$!
    inside() { nsenter --user --preserve-credentials --mount --net --wd="$work" --target "$(cat "$state/child_pid")" "$@"; }
    c() { inside ctr --address "$socket" "$@"; }
    crun() { # ARGUMENTS OF run, then NAME and the command
        c run --runc-binary "$runtime" --runc-systemd-cgroup "$@"
    }
    for _ in $(seq 300); do c version >/dev/null 2>&1 && break; sleep 1; done
    check "containerd: runs as the user" "$(c version 2>&1 | grep -c Version:) $(pgrep -u "$(id -u)" -xc containerd)" "2 1"
    check "containerd: the image is loaded" "$(c images import "$images/busybox.oci.tar" >/dev/null 2>>"$work/errors" && echo yes)" yes
    local i ran=0
    for i in $(seq 20); do
        [ "$(crun --rm --cgroup "user.slice:ctr:c$i" "$image" "c$i" echo "hello $i" 2>>"$work/errors")" = "hello $i" ] && ran=$((ran + 1))
    done
    check "containerd: twenty containers" "$ran" 20
    check "containerd: limits, exec, pause, kill" "$(containerd_life 2>&1)" $'67108864\n0\nPAUSED\n0'
    kill "$daemon"
    wait "$daemon" 2>/dev/null
    check "containerd: no cgroup is left" "$(left)" 0
    [ "$failed" = 0 ] || tail -n 20 "$work/containerd.log" | sed 's/^/# containerd: /'
}

containerd_life() {
    crun -d --memory-limit 67108864 --cgroup user.slice:ctr:life "$image" life sleep 1000 &&
        cat /sys/fs/cgroup/user.slice/*/user@*/user.slice/ctr-life.scope/memory.max &&
        c tasks exec --exec-id e life id -u &&
        c tasks pause life && c tasks ls | awk '$1 == "life" { print $3 }' &&
        c tasks resume life && c tasks kill --signal KILL life || return 1
    for _ in $(seq 60); do c tasks ls | grep -q 'life .*STOPPED' && break; sleep 1; done
    c tasks delete life >/dev/null 2>&1
    c containers rm life && c containers ls -q | wc -l
}

engines=${3:-podman docker containerd}
case $engines in *podman*) rootless_podman cgroupfs; rootless_podman systemd ;; esac
case $engines in *docker*) rootless_docker systemd ;; esac
case $engines in *containerd*) rootless_containerd ;; esac
[ ! -s "$work/errors" ] || sed 's/^/# /' "$work/errors" | head -n 40
echo "1..$number"
[ "$failed" = 0 ]
