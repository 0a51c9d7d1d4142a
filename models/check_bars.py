"""The bars of the default model, checked on the figures in its file. Usage: check_bars.py models/default.json"""

import json
import sys

SIX = ["cresci-2015", "cresci-2017", "caverlee-2011", "gilani-2017 in 2020", "varol-2017 in 2020", "cresci-stock-2018 in 2020"]

model = json.load(open(sys.argv[1]))
held_out = {row["source"]: row for row in model["held_out"]}
aucs = [held_out[name]["roc_auc"] for name in SIX]
mean = sum(aucs) / len(aucs)
print(f"mean ROC AUC over {len(SIX)} left-out sources: {mean:.3f} (bar: 0.75)")
failures = [] if mean >= 0.75 else ["the mean is below 0.75"]
for name in SIX:
    row = held_out[name]
    if row["roc_auc"] <= row["one_split_roc_auc"]:
        failures.append(f"{name}: {row['roc_auc']} is not above the one-split baseline {row['one_split_roc_auc']}")

# Snapshots of one population count as one; the family stands in the record of the training sources.
family = {source["name"]: source["family"] for source in model["training"]["sources"]}
for name, bar in [("roc_auc", 0.80), ("balanced_accuracy", 0.70)]:
    families = {}
    for row in model["held_out"]:
        families.setdefault(family[row["source"]], []).append(row[name])
    mean = sum(sum(values) / len(values) for values in families.values()) / len(families)
    print(f"mean {name} over {len(families)} left-out populations: {mean:.3f} (bar: {bar})")
    if mean < bar:
        failures.append(f"the mean {name} of populations is below {bar}")
sys.exit("\n".join(failures) or 0)
