#!/usr/bin/env python3
"""The soak's rule on made-up gateways: those that leak are seen, those that only breathe are not."""
import math
import random
import unittest

from growth_rule import judge, slope

SECONDS = range(0, 540, 2)
MB = 1 << 20


def samples(value):
    random.seed(7)
    return [(t, value(t)) for t in SECONDS]


def noise(size):
    return random.uniform(-size, size)


class Rule(unittest.TestCase):
    def memory(self, value):
        return judge(samples(value), share=.03, least=4 * MB)["grows"]

    def descriptors(self, value):
        return judge(samples(value), share=.05, least=8)["grows"]

    def test_a_level_with_noise_does_not_grow(self):
        self.assertFalse(self.memory(lambda t: 90 * MB + noise(5 * MB)))
        self.assertFalse(self.descriptors(lambda t: 120 + round(noise(30))))

    def test_a_leak_under_noise_grows(self):
        self.assertTrue(self.memory(lambda t: 90 * MB + noise(5 * MB) + t * 20_000))
        self.assertTrue(self.descriptors(lambda t: 120 + round(noise(30)) + t // 15))

    def test_a_leak_grows_in_steps_too(self):
        self.assertTrue(self.memory(lambda t: 90 * MB + t // 90 * 3 * MB))

    def test_one_peak_and_one_step_do_not_grow(self):
        self.assertFalse(self.memory(lambda t: 90 * MB + (400 * MB if 300 <= t < 320 else 0)))
        self.assertFalse(self.memory(lambda t: 90 * MB + (20 * MB if t > 500 else 0)))

    def test_breathing_does_not_grow(self):
        self.assertFalse(self.memory(lambda t: 90 * MB + 20 * MB * math.sin(t / 30)))

    def test_what_comes_down_does_not_grow(self):
        self.assertFalse(self.memory(lambda t: 190 * MB - t * 50_000))

    def test_the_slope_is_that_of_most(self):
        line = [(t, 3 * t + 1) for t in range(30)]
        line[4] = (4, 100_000)
        self.assertAlmostEqual(slope(line), 3, delta=.01)

    def test_too_few_samples_say_nothing(self):
        with self.assertRaises(ValueError):
            judge([(0, 1), (1, 2)], share=0, least=0)


if __name__ == "__main__":
    unittest.main()
