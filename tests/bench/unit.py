# SPDX-License-Identifier: GPL-2.0-or-later
"""What the bench makes of its numbers, tried on numbers that are known; needs no lab."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "run")]
os.environ.setdefault("XENMIG_LAB", "bench")

import goals                        # noqa: E402
import measures                     # noqa: E402
import plan                         # noqa: E402
import results                      # noqa: E402
import table                        # noqa: E402
import tools                        # noqa: E402

RESULT = {
    "event": "result", "zerocopy_bytes": 1000 * 4096, "missed_zerocopy_bytes": 0, "first_round_frames": 900,
    "frames_sent": 1000, "first_round_ms": 10.0, "frames": 950, "rounds": 2, "bytes": 4200000, "superpages": 1,
    "total_ms": 1234.5, "downtime_ms": {"requested_to_suspended": 50.0, "suspended_to_unpaused": 40.0},
}


def run(tool, series="pause", mem=256, share=0, **more):
    """An entry as the bench makes it."""
    entry = {"tool": tool, "series": series, "guest_mib": mem, "pattern_mib": mem - 80, "share": share, "total_s": 1.0,
             "downtime_ms": None, "wire_bytes": mem << 20, "first_pass_mib_s": None, "dom0_cpu_s": 1.0, "frames": mem * 256,
             "first_pass_us_per_page": 10.0, "not_sent_mib": 0, "copied_mib": 0, "load": 0.5, "others_cpus": 0.0,
             "stolen_cpus": 0.0, "parts_ms": {}, "commit": "abc"}
    return {**entry, **more}


def data(**lists):
    made = {"failures": [], **results.empty_part(), **{kind: results.empty_part() for kind in results.APART}, **lists}
    for part in (made, *(made[kind] for kind in results.APART)):
        results.derive(part)
    return made


def row(found, what):
    """The one row whose words hold @what."""
    rows = [one for one in goals.rows(found) if what in f"{one.goal} {one.what} {one.yardstick}"]
    assert len(rows) == 1, rows
    return rows[0]


class Report(unittest.TestCase):
    """What migctl tells."""

    def test_first_pass(self):
        told = tools.report(RESULT)
        self.assertAlmostEqual(told["first_pass_mib_s"], 900 * 4096 / 2 ** 20 / 0.01, places=2)
        self.assertAlmostEqual(told["first_pass_us_per_page"], 10000 / 900, places=3)
        self.assertEqual(told["not_sent_mib"], 0)

    def test_frames_that_did_not_cross_are_no_throughput(self):
        told = tools.report({**RESULT, "zerocopy_bytes": 500 * 4096})
        self.assertAlmostEqual(told["first_pass_mib_s"], 500 * 4096 / 2 ** 20 / 0.01, places=2)
        self.assertAlmostEqual(told["not_sent_mib"], 500 * 4096 / 2 ** 20, places=2)

    def test_another_word_is_no_result(self):
        with self.assertRaises(AssertionError):
            tools.report({**RESULT, "event": "progress"})


class Pauses(unittest.TestCase):
    """Parts of a pause."""

    def test_longest_hole(self):
        self.assertEqual(measures.longest_hole([1.0, 1.005, 1.505, 1.51]), 500.0)

    def test_cpu_rate(self):
        self.assertAlmostEqual(measures.cpu_rate({"cpu_s": 1, "boot_s": 10}, {"cpu_s": 1.5, "boot_s": 12}), 0.25)

    def test_own_parts_add_up_to_the_hole(self):
        one = run("xenmig", downtime_ms=500.0,
                  parts_ms={"requested_to_suspended": 60.0, "suspended_to_unpaused": 40.0, "unpaused_to_reply": None})
        parts = data(runs=[one])["runs"][0]["parts_ms"]
        self.assertEqual(parts["unpaused_to_reply"], 400.0)

    def test_parts_of_others_follow_from_the_floors(self):
        floors = [{"series": "pause", "suspend": value, "resume_to_reply": 400} for value in (50, 60, 100)]
        parts = data(runs=[run("libxl", downtime_ms=2000.0)], floors=floors)["runs"][0]["parts_ms"]
        self.assertEqual(parts["requested_to_suspended"], 60)
        self.assertEqual(parts["suspended_to_unpaused"], 1540)
        self.assertTrue(parts["by_floors"])

    def test_without_a_ping_nothing_is_said(self):
        parts = data(runs=[run("libxl")])["runs"][0]["parts_ms"]
        self.assertEqual(set(parts.values()), {None})


class Goals(unittest.TestCase):
    """Rows of the table."""

    def test_nothing_measured(self):
        self.assertEqual(goals.rows(data()), [])

    def test_throughput_is_a_ratio_of_medians(self):
        runs = [run("xenmig", "large", 1024, first_pass_mib_s=value) for value in (340, 350, 999)]
        found = data(runs=runs, iperf=[{"series": "large", "mib_s": value, "cpu_s_per_gib": 8} for value in (1, 250, 251)])
        one = row(found, "first pass, 1 GiB")
        self.assertAlmostEqual(one.ratio, 1.4)
        self.assertTrue(one.met)

    def test_two_cpus_are_a_part_of_their_own(self):
        part = {**results.empty_part(), "runs": [run("xenmig", "large", 1024, first_pass_mib_s=100)],
                "iperf": [{"series": "large", "mib_s": 100, "cpu_s_per_gib": 8}]}
        one = row(data(two_cpus=part), "first pass, 1 GiB, 2 CPUs")
        self.assertFalse(one.met)

    def test_the_wire(self):
        found = data(runs=[run("xenmig", "small", total_s=1.4)],
                     iperf=[{"series": "small", "mib_s": 256, "cpu_s_per_gib": 8}])
        one = row(found, "wire + 0.5 s")
        self.assertAlmostEqual(one.measured[0], 1.5)
        self.assertTrue(one.met)

    def test_flat(self):
        pause = {"requested_to_suspended": 50.0, "unpaused_to_reply": None}
        small = run("xenmig", "size-128", 128, first_pass_us_per_page=10, parts_ms={**pause, "suspended_to_unpaused": 40.0})
        large = run("xenmig", "size-4096", 4096, first_pass_us_per_page=12, parts_ms={**pause, "suspended_to_unpaused": 44.9})
        found = data(runs=[small, large])
        self.assertFalse(row(found, "first pass a page, 128 MiB to 4 GiB").met)
        self.assertTrue(row(found, "our share, 128 MiB to 4 GiB").met, "5 ms more or less are not told apart")

    def test_memory_at_the_size_that_is_closest_to_its_limit(self):
        self.assertAlmostEqual(goals.memory_limit(4096), 24.25)
        found = data(memory=[{"series": f"memory-{mem}", "guest_mib": mem, "source_mib": used, "destination_mib": 1}
                             for mem, used in ((128, 10), (4096, 24.3))])
        self.assertFalse(row(found, "source, at worst (4 GiB)").met)

    def test_speed_of_others_is_not_judged(self):
        found = data(chase=[{"series": "chase", "tool": tool, "before_ns": [100, 101], "after_ns": [120, 121]}
                            for tool in ("xenmig", "libxl")])
        self.assertFalse(row(found, "chase after xenmig").met)
        self.assertIsNone(row(found, "chase after libxl").met)

    def test_busy(self):
        pause = {"requested_to_suspended": 50.0, "suspended_to_unpaused": 299.0, "unpaused_to_reply": None}
        found = data(runs=[run("xenmig", "busy", 1024, total_s=4), run("xenmig", "busy", 1024, 0.6, total_s=9.9, parts_ms=pause)])
        self.assertTrue(row(found, "our share of the pause, 60% of line rate").met)
        self.assertTrue(row(found, "total time, 60% of line rate").met)


    def test_of_hvm_guests_the_device_model_is_apart(self):
        pause = {"requested_to_suspended": 50.0, "suspended_to_unpaused": 200.0, "unpaused_to_reply": None,
                 "device_model_stop": 20.0, "device_model_save": 90.0, "device_model_load": 40.0,
                 "device_model_cont": 10.0}
        part = {**results.empty_part(), "runs": [run("xenmig", "hvm-plain", downtime_ms=600.0, parts_ms=pause),
                                                 run("libxl", "hvm-plain", downtime_ms=3000.0)]}
        found = data(hvm=part)
        self.assertAlmostEqual(row(found, "256 MiB: downtime").ratio, 0.2)
        self.assertEqual(row(found, "256 MiB: our share").ours, [40.0])
        self.assertEqual(row(found, "256 MiB: device model, save").ours, [90.0])


class Files(unittest.TestCase):
    """What is kept."""

    def test_only_some_series_are_measured_anew(self):
        with tempfile.TemporaryDirectory() as place:
            first = results.Results(Path(place) / "bench.json")
            first.begin({}, None)
            for series in ("large", "pause"):
                first.put("one_cpu", "runs", run("libxl", series))
            second = results.Results(first.file)
            second.begin({}, {("pause", "one_cpu")})
            kept = json.loads(first.file.read_text())["runs"]
            self.assertEqual([entry["series"] for entry in kept], ["large"])

    def test_rates(self):
        session = {"state": "running", "round": 1, "rate": 100 << 20, "frames_sent": 256, "frames_left": 512, "dirty_rate": 0}
        lines = ["10.00 ", f"11.00 {json.dumps(session)}", f"11.50 {json.dumps(session)}"]
        rows = list(plan.rate_rows(lines, "quiet"))
        self.assertEqual([one["seconds"] for one in rows], [0, 0.5])
        self.assertEqual(rows[0]["remaining_mib"], 2)

    def test_table(self):
        found = data(runs=[run("xenmig", downtime_ms=500.0, others_cpus=1.5, parts_ms={
            "requested_to_suspended": 60.0, "suspended_to_unpaused": 70.0, "unpaused_to_reply": None})])
        words = table.text(found)
        self.assertRegex(words, r"G3a .*70\.0 .*<= 60 ms .*NO")
        self.assertIn("NOT A QUIET MACHINE", words)


class Plan(unittest.TestCase):
    """Which runs, in which order."""

    def test_every_other_round_is_back_to_front(self):
        steps = plan.quiet("iperf", "xenmig", "libxl")
        self.assertEqual(plan.order_of(steps, 0), steps)
        self.assertEqual(plan.order_of(steps, 1), steps[::-1])

    def test_line_rate_is_known_before_it_is_needed(self):
        for series in plan.every_series(4096):
            if series.kind == "moves" and any(share for _, share in series.steps):
                self.assertEqual(series.steps[0], ("iperf", 0))

    def test_no_guest_larger_than_said(self):
        self.assertTrue(all(series.mem <= 128 for series in plan.every_series(128)))


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    outcome = suite.run(unittest.TestResult())
    bad = outcome.failures + outcome.errors
    for test, why in bad:
        print(f"{test}\n{why}", file=sys.stderr)
    print(f"unit-bench: {outcome.testsRun - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
