#!/usr/bin/env bash
# Runs a sweep on a real Slurm of two nodes, all on this machine and with daemons of its own: an array of four trials, of which one runs into its
# time limit and is requeued, and one loses its node. Compares the results with the same sweep on one machine, bit for bit.
# Takes about four minutes on a machine left alone. The last line is "Slurm: passed", "Slurm: FAILED" or "Slurm: skipped (why)"; the exit code is 0, 1 or 0.
set -uo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1

skip() { echo "Slurm: skipped ($1)"; exit 0; }

[ "$(uname)" = Linux ] || skip "it runs on Linux"
if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || skip "slurm-wlm and munge are not installed, and only root of a Debian can do that"
    { timeout 60 apt-get update && DEBIAN_FRONTEND=noninteractive timeout 180 apt-get install -y --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 \
        || skip "slurm-wlm and munge cannot be installed"
    command -v slurmctld slurmd munged sbatch >/dev/null || skip "slurm-wlm and munge are not there after their installation"
fi

# A path of a few characters: sockets have names of 107 at most.
work=$(mktemp -d /tmp/cnn-slurm-XXXXXX)
export SLURM_CONF=$work/slurm.conf
declare -A daemon

# Ends the daemons of this run and what they have started; nobody else's, by their process ids.
finish() {
    [ -z "${daemon[ctld]:-}" ] || timeout 10 scancel --user "$(id -un)" >/dev/null 2>&1
    for ((i = 0; i < 20; i++)); do
        [ -n "$(timeout 5 squeue --noheader 2>/dev/null)" ] || break
        sleep 0.5
    done
    for name in n1 n2 ctld munge; do
        [ -z "${daemon[$name]:-}" ] || kill "${daemon[$name]}" 2>/dev/null
    done
    for ((i = 0; i < 20; i++)); do
        alive=
        for name in n1 n2 ctld munge; do
            [ -z "${daemon[$name]:-}" ] || ! kill -0 "${daemon[$name]}" 2>/dev/null || alive="$alive ${daemon[$name]}"
        done
        [ -n "$alive" ] || break
        sleep 0.5
    done
    [ -z "$alive" ] || kill -9 $alive 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "Slurm: $1" >&2
    timeout 10 scontrol show job >&2 2>/dev/null
    for log in "$work"/*.log "$work"/sweep/logs/*; do
        [ -s "$log" ] && { echo "== $log"; tail -n 60 "$log"; } >&2
    done
    echo "Slurm: FAILED"
    exit 1
}

# Waits for a condition: seconds, what is waited for, the command.
await() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "waited in vain for $what"
        sleep 0.5
    done
}

powershell() { timeout "$1" dotnet pwsh -NoProfile -NonInteractive -File tests/Slurm/Sweep.ps1 "${@:2}"; }

free_port() { # one that nobody listens at
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

start_node() {
    slurmd -D -N "$1" >>"$work/$1.log" 2>&1 &
    daemon[$1]=$!
    disown # Its death is no news.
}

responds() { timeout 5 scontrol ping 2>/dev/null | grep -q UP; }
nodes_idle() { [ "$(timeout 5 sinfo --noheader --Node --format '%N %T' 2>/dev/null | grep -cE ' (idle|mixed|allocated)$')" -eq 2 ]; }

# A field of a task of the array, for instance of 2.
field() { timeout 5 scontrol show job --oneliner "${array}_$1" 2>/dev/null | grep -oE "(^| )$2=[^ ]*" | head -n 1 | cut -d= -f2; }

mkdir "$work/state"
chmod 755 "$work"
head -c 128 /dev/urandom >"$work/munge.key"
chmod 600 "$work/munge.key"
user=$(id -un)
cat >"$SLURM_CONF" <<CONF
ClusterName=cnn
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=10
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=5,sched_interval=5
ReturnToService=2
SlurmdTimeout=15
KillWait=10
MailProg=/bin/true
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES State=UP
CONF

munged --foreground --force --num-threads=2 --socket="$work/munge.socket" --key-file="$work/munge.key" --pid-file="$work/munge.pid" \
    --log-file="$work/munge.log" --seed-file="$work/munge.seed" >/dev/null 2>&1 &
daemon[munge]=$!
await 20 "munged" test -S "$work/munge.socket"
slurmctld -D >"$work/slurmctld.log" 2>&1 &
daemon[ctld]=$!
await 30 "slurmctld" responds
start_node n1
start_node n2
await 30 "two nodes" nodes_idle
echo "Slurm $(sbatch --version | cut -d' ' -f2) is up behind $SECONDS s."

powershell 180 Export "$work" || fail "the sweep cannot be exported"
echo "Exported, and run on one machine, behind $SECONDS s."
array=$(cd "$work" && timeout 20 sbatch --parsable sweep/job.sh) || fail "sbatch refused the job script"
sed -n 3,12p "$work/sweep/job.sh"

# Once the task on the second node has a checkpoint, the node dies: its daemon, and all that runs there.
task_on_n2() { for task in 1 2 3 4; do [ "$(field $task NodeList)" = n2 ] && [ "$(field $task JobState)" = RUNNING ] && { echo $task; return; }; done; return 1; }
await 60 "a task on the second node" task_on_n2 >/dev/null
lost=$(task_on_n2)
lost_id=$(sed -n "${lost}p" "$work/sweep/trials.jsonl" | grep -oE '"id":"[0-9a-f]+"' | cut -d'"' -f4)
has_epoch() { compgen -G "$work/sweep/checkpoints/$lost_id-*/epoch-000[1-9].safetensors" >/dev/null; }
await 60 "a checkpoint of task $lost" has_epoch
kill_tree() {
    local child
    kill -STOP "$1" 2>/dev/null
    for child in $(pgrep -P "$1"); do kill_tree "$child"; done
    kill -9 "$1" 2>/dev/null
}
job=$(field "$lost" JobId)
kill -9 "${daemon[n2]}"
unset 'daemon[n2]'
for step in $(pgrep -f "^slurmstepd: \[$job\."); do
    grep -qz "^SLURM_CONF=$SLURM_CONF\$" "/proc/$step/environ" && kill_tree "$step"
done
echo "Node n2 was killed, and task $lost with it, behind $SECONDS s."
is_requeued() { [ "$(field "$lost" Restarts)" -ge 1 ] 2>/dev/null; }
await 90 "task $lost to be requeued" is_requeued
start_node n2
echo "Task $lost was requeued by Slurm, and the node came back, behind $SECONDS s."

# Slurm keeps finished jobs for MinJobAge, five minutes: what the log says is there for longer.
is_finished() { [ -z "$(timeout 5 squeue --noheader --job "$array" 2>/dev/null)" ] && responds; }
await 420 "the array to finish" is_finished
echo "The array is finished behind $SECONDS s."

log() { cat "$work/sweep/logs/${array}_$1.log"; }
[ "$(log 1 | grep -c 'The task is requeued')" -ge 1 ] || fail "task 1 did not run into its time limit"
[ "$(log "$lost" | grep -c 'Train the trial')" -ge 2 ] || fail "task $lost was not started again behind the loss of its node"
[ "$(log 1 | grep -c ' epoch 1: ')" -eq 1 ] || fail "task 1 began anew instead of going on"
powershell 120 Compare "$work" || fail "the results differ from those of one machine"
echo "Slurm: passed"
