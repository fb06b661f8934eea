#!/bin/sh
# What the citable GPU results take, on a node without network; docs/cluster.md says what to carry there.
#
#   MINUTES=25 sh docs/gpu_node.sh          in the checkout, once for each job: it goes on where the last one stopped
#
# Settings, by environment:
#   MINUTES  of the job, less some for what cannot be interrupted   [25]
#   DEVICE   cuda, cuda:1 or cpu                                    [cuda]
#   STEPS    protocols in the order in which they are wanted
#   NETWORKS to measure, where these are not to be the protocols' own
#   DATA     folder of the four files of Fashion-MNIST              [../data]
#   WHEELS   folder of the packages                                 [../wheels]
#   OUT      folder of the records and of the environment           [../measured]
#   PYTHON   of an environment that is there already; then no other is made
set -u
MINUTES=${MINUTES:-25} DEVICE=${DEVICE:-cuda} DATA=${DATA:-../data} WHEELS=${WHEELS:-../wheels} OUT=${OUT:-../measured}
STEPS=${STEPS:-smoke tuning224 matched28 matched224 gpu28 gpu224 overfitting28 convergence28 starts28 robustness28
quadrants28 localisation28 branches28}
until=$(($(date +%s) + MINUTES * 60))
mkdir -p "$OUT"

if [ -z "${PYTHON:-}" ]; then
    PYTHON=$OUT/venv/bin/python
    if ! [ -x "$PYTHON" ]; then
        python3 -m venv --system-site-packages "$OUT/venv" || exit 1
        "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" ninbench || exit 1
    fi
fi

"$PYTHON" -m bench doctor --data-dir "$DATA" --results "$OUT"
failed=0
for protocol in $STEPS; do
    left=$((until - $(date +%s)))
    if [ "$left" -lt 60 ]; then
        echo "$protocol and what comes after it: left for the next job"
        break
    fi
    # shellcheck disable=SC2086  # several networks are several words
    "$PYTHON" -m bench run ${NETWORKS:+--arch $NETWORKS} --protocol "$protocol" --device "$DEVICE" --time-budget "${left}s" \
        --data-dir "$DATA" --results "$OUT" || failed=$?
    # Ended from outside: what was begun goes on in the next job.
    [ "$failed" -eq 130 ] && break
done

# In parts that pass through narrow doors; `cat records.tar.gz.* | tar xz` puts them together.
rm -f "$OUT"/records.tar.gz.*
tar -cz -C "$OUT" records | split -b 15m - "$OUT/records.tar.gz."
exit "$failed"
