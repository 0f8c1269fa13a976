#!/usr/bin/env bash
# A rehearsal for a build: plays a scenario against a deployment, keeps the report, and fails as `ecflink replay run` does.
# Needs a profile made by `ecflink replay init`; its secrets come from files or variables that the profile names.
set -euo pipefail

profile=${PROFILE:-replay.toml}
scenario=${SCENARIO:-smoke}
folder=${FOLDER:-rehearsal-$(date +%Y%m%d-%H%M%S)}

mkdir -p "$folder"
ecflink replay generate "$scenario" --seed 7 -o "$folder/recording.jsonl.zst"
ecflink replay plan "$folder/recording.jsonl.zst" --profile "$profile"

code=0
ecflink replay run "$folder/recording.jsonl.zst" --profile "$profile" \
  --slo "$(dirname "$0")/slo.toml" --abort-on "lag > 60s for 10s" --output "$folder/run" --yes || code=$?

# The report is worth most where the run failed.
if [ -e "$folder/run/run.json" ]; then
  ecflink replay report "$folder/run"
fi

case $code in
  0) echo "passed" ;;
  1) echo "unusable input: see above" ;;
  2) echo "a threshold was missed" ;;
  3) echo "the audit failed: requests lost, doubled or reordered; ids in $folder/run/audit.json" ;;
  4) echo "no connection: nothing was tested; try again" ;;
  5) echo "the generator was the limit: nothing was learned of the system; give it more workers or a quieter machine" ;;
esac
exit "$code"
