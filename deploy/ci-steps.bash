# What deploy/ci-compose and deploy/ci-external share; sourced, not run. The caller sets $project and the array $files
# (compose files, first the top-level one). Each project's ports, secrets, image and volumes are its own and are gone
# afterwards, whatever a person's own .env or shell says.
# shellcheck shell=bash disable=SC2154

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly UP_S_MAX=300 READY_S_MAX=60 MAIL_S_MAX=30

: "${project:?}" "${files[0]:?}"
work=$(mktemp -d "${TMPDIR:-/tmp}/$project.XXXXXX")
unset SECRETS_DIR COMPOSE_FILE COMPOSE_PROFILES COMPOSE_PROJECT_NAME
export ECFLINK_IMAGE=ecflink:$project SECRETS_ENV_FILE=$work/env
touch "$work/env"

compose() { docker compose --env-file "$work/env" -p "$project" "${files[@]/#/--file=}" "$@"; }

# up OPTION...: everything, waited for; with COMPOSE_PROFILES, those too.
up() {
    timeout "$UP_S_MAX" docker compose --env-file "$work/env" -p "$project" "${files[@]/#/--file=}" \
        --progress plain up --wait "$@"
}

ops() { compose run --rm ops ecflink "$@"; }

# audit: what is under way may finish first.
audit() { ops audit --wait 30; }

walk() { .venv/bin/python -m tests.e2e.walk --base-url "$site" --mailpit "$mailpit" "$@"; }

say() { printf '\n== %s: %s (%d s)\n' "$project" "$*" $SECONDS; }

die() {
    printf '%s: %s\n' "$project" "$*" >&2
    exit 1
}

# finish: at the end, whatever it is. A caller's own `also_down` takes down what it brought up beside.
finish() {
    local status=$?
    trap - EXIT
    if ((status)); then
        compose --profile demo ps --all || :
        compose --profile demo logs --no-color --tail 40 || :
    fi
    compose --profile demo --profile tools down --volumes --timeout 10 > /dev/null 2>&1 || :
    if declare -F also_down > /dev/null; then also_down "$status" || :; fi
    docker image rm "$ECFLINK_IMAGE" > /dev/null 2>&1 || :
    rm -rf --one-file-system "$work"
    exit "$status"
}
trap finish EXIT

# free_ports: three that nobody has now.
free_ports() {
    .venv/bin/python - << 'PYTHON'
import socket
taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(server.getsockname()[1] for server in taken))
PYTHON
}

# refused WORDS COMMAND...: the command must fail and say WORDS.
refused() {
    local words=$1 answer
    shift
    if answer=$("$@" 2>&1); then die "was not refused: $*"; fi
    [[ $answer == *"$words"* ]] || die "refused without saying '$words': $* said: $answer"
}

# within SECONDS COMMAND...: try it every half second until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || die "did not happen in time: $*"
        sleep 0.5
    done
}

healthy() { [[ $(docker inspect -f '{{.State.Health.Status}}' "$(compose ps -q "$1")") == healthy ]]; }

# confined ROLE: it is nobody, can do nothing and write nowhere, and its environment holds no secret.
confined() {
    local id
    id=$(compose ps -q "$1")
    [[ $(docker inspect -f '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}' "$id") == '10001:10001 true' ]] ||
        die "$1 runs as root or may write its root file system"
    docker exec "$id" grep -q '^CapEff:[[:space:]]*0*$' /proc/1/status || die "$1 has capabilities"
    if docker exec "$id" touch /opt/ecflink/x 2> /dev/null; then die "$1 can write its own code"; fi
    if docker inspect -f '{{.Config.Env}}' "$id" | grep -qF -f <(grep -hoE '[0-9a-f]{64}' "$work"/secrets/*); then
        die "$1 shows a secret in its environment"
    fi
}

# banner: the pages say that no mail leaves this system.
banner() { curl -fsS "$site/UTBK" | grep -qF 'E-mail stays in this system'; }

# arrived ADDRESS: Mailpit holds a mail to it.
arrived() { curl -fsS "$mailpit/api/v1/search?query=to:$1" | grep -q '"messages_count":[1-9]'; }

# counted: the guard's page shows the sign-ins of the walk. The caller sets $guard.
counted() { curl -fsS "$guard/courts.json" | grep -q '"UTBK"'; }

# started: when each of what stays up did.
started() {
    compose ps -q auth linker notifier guard kafka postgres | xargs docker inspect -f '{{.Name}} {{.State.StartedAt}}' | sort
}

# killed_comes_back ROLE: from inside, as the engine takes a `docker kill` for the wish to stop.
killed_comes_back() {
    local id
    id=$(compose ps -q "$1")
    # shellcheck disable=SC2016  # for the container's shell
    docker exec "$id" sh -c 'kill -KILL $(cat /proc/1/task/1/children)'
    within "$READY_S_MAX" restarted "$id"
    within "$READY_S_MAX" healthy "$1"
}

restarted() { [[ $(docker inspect -f '{{.RestartCount}} {{.State.Running}}' "$1") == '1 true' ]]; }
