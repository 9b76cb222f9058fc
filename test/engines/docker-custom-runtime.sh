#!/usr/bin/env bash
# Docker with the runtime in daemon.json: `runtimes.custom` with a path and runtimeArgs, named by each container or as the default of all.
# Cases for the engine suite's lib.sh; @LIB@ is its path (docker-custom-runtime.test.ts fills it in).
# shellcheck disable=SC2016,SC2034,SC2154  # the container's shell expands; lib.sh uses and sets the variables
set -uo pipefail
# shellcheck disable=SC1091
. '@LIB@'
engine=docker
needs=(dockerd containerd containerd-shim-runc-v2 iptables /usr/bin/docker)

d() { timeout -k 5 60 /usr/bin/docker "$@" 9>&-; }

engine_versions() { "$runtime" --version | head -n 1; }

start_dockerd() { # MORE of daemon.json
    printf '{"runtimes": {"custom": {"path": "%s", "runtimeArgs": ["--debug"]}}%s}\n' "$T/recorded" "$1" >"$T/daemon.json"
    setsid dockerd --config-file "$T/daemon.json" --data-root "$T/data/docker" --exec-root /run/docker --pidfile "$T/docker.pid" \
        -H "unix://$T/docker.sock" --cgroup-parent "/$tag" --storage-driver overlay2 --oom-score-adjust 0 --group root \
        --shutdown-timeout 5 >>"$T/daemon.log" 2>&1 9>&- &
    echo $! >"$T/shell-pid"
    wait_for 30 /usr/bin/docker version
}

stop_dockerd() {
    local pid
    pid=$(cat "$T/shell-pid")
    kill -TERM "$pid" 2>/dev/null || return 0
    wait_for 20 process_gone "$pid"
}

engine_env() { export DOCKER_HOST=unix://$T/docker.sock; }
engine_start() (
    set -e
    # What is called, and with what: the arguments of daemon.json have to arrive.
    printf '#!/bin/sh\necho "$*" >>"%s"\nexec "%s" "$@"\n' "$T/calls" "$runtime" >"$T/recorded"
    chmod 755 "$T/recorded"
    start_dockerd ''
    d load -q -i "$T/image/busybox.docker.tar"
)
engine_alive() { d version >/dev/null 2>&1; }
engine_reset() {
    local ids
    ids=$(d ps -aq)
    # shellcheck disable=SC2086
    [ -z "$ids" ] || d rm -fv $ids
}
engine_stop() { stop_dockerd; }

state_of() { d inspect --format "{{.State.$2}}" "$1"; }

# The life of a container of runtime custom; the options say how it is chosen.
life() {
    local pid id
    : >"$T/calls"
    id=$(d create -it --name "$c" "$@" "$image" sh)
    eq "$(state_of "$c" Status)" created status
    eq "$(d inspect --format '{{.HostConfig.Runtime}}' "$c")" custom runtime
    d start "$c"
    eq "$(state_of "$c" Status)" running status
    d pause "$c"
    pid=$(state_of "$c" Pid)
    is_frozen "$pid" || fail 'paused, but not frozen'
    eq "$(state_of "$c" Status)" paused status
    d unpause "$c"
    ! is_frozen "$pid" || fail 'still frozen'
    eq "$(d exec "$c" sh -c 'echo layer >/new; echo from $(hostname)')" "from ${id:0:12}" 'exec'
    exits 7 d exec "$c" sh -c 'exit 7'
    capture on_pty sleep=0.5 'send=echo a$((40+2))b\r' expect=a42b 'send=\x10\x11' -- /usr/bin/docker attach "$c"
    eq "$(state_of "$c" Running)" true 'running after attach and detach'
    match "$(d top "$c")" "$pid" 'top has the pid of init'
    d commit -c 'CMD ["cat", "/new"]' "$c" "localhost/$c:1"
    d save -o "$T/case/image.tar" "localhost/$c:1"
    d rmi "localhost/$c:1"
    d load -i "$T/case/image.tar"
    eq "$(d run --rm "$@" "localhost/$c:1")" layer 'output of the image that was committed, saved and loaded'
    d kill "$c"
    eq "$(state_of "$c" Status)/$(state_of "$c" ExitCode)" exited/137 'after kill'
    d rm "$c"
    no_leftovers "$id"
    match "$(cat "$T/calls")" ' create ' 'calls of the runtime'
    eq "$(grep -c -v -- '^--debug \|features' "$T/calls")" 0 'calls without the runtimeArgs'
}

cases=(
    by_name 'create --runtime custom, through the whole life of a container'
    privileged 'run --privileged and exec --privileged: what Docker asks for, less what this machine lacks'
    by_default 'default-runtime custom, through the whole life of a container'
)
by_name() {
    eq "$(d info --format '{{.DefaultRuntime}}')" runc 'default runtime'
    life --runtime custom
}
# Docker 20.10 asks for 38 capabilities, newer ones for all. The spec wants those that cannot be granted left out (runc and crun refuse).
privileged() {
    local bounding asked want
    bounding=$((16#$(status_field CapBnd self)))
    asked=$(((1 << 38) - 1))
    [[ $(dockerd --version) == *' 20.'* ]] || asked=$bounding
    want=$(printf %016x $((asked & bounding)))
    capture d run --rm --runtime custom --privileged "$image" sh -c 'grep -E "^(CapEff|Seccomp):" /proc/self/status
        mount -t tmpfs x /mnt && echo mounted; test -e /dev/loop-control && echo devices
        grep -c " /proc/sys " /proc/mounts'
    eq "$(status_field CapEff <<<"$out")" "$want" CapEff
    eq "$(status_field Seccomp <<<"$out")" 0 Seccomp
    match "$out" $'mounted\ndevices\n0'
    d run -d --runtime custom --name "$c" --cap-drop ALL "$image" sleep 300
    capture d exec --privileged "$c" grep CapEff /proc/self/status
    eq "$(status_field CapEff <<<"$out")" "$want" 'CapEff of exec'
}
by_default() {
    stop_dockerd
    start_dockerd ', "default-runtime": "custom"'
    eq "$(d info --format '{{.DefaultRuntime}}')" custom 'default runtime'
    life
}

main "$@"
