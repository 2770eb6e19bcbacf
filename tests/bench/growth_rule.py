"""Whether something grows, said from samples that jump: by the median of all slopes between two samples (Theil and Sen),
and by what the last third is above the first. Both must pass what is allowed, so that neither a jump that stays nor a
single peak is taken for growth."""
import statistics


def slope(samples):
    """Of [(second, value)...]: value a second."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(samples) for b in samples[i + 1:] if b[0] > a[0]]
    return statistics.median(slopes) if slopes else 0.0


def judge(samples, share, least):
    """`share` of the level at the start, and at least `least`, may be added over the whole time."""
    if len(samples) < 9:
        raise ValueError("%d samples are too few to tell growth" % len(samples))
    third = len(samples) // 3
    first = statistics.median(value for _, value in samples[:third])
    last = statistics.median(value for _, value in samples[-third:])
    drift = slope(samples) * (samples[-1][0] - samples[0][0])
    allowed = max(first * share, least)
    return {"firstThird": first, "lastThird": last, "drift": round(drift, 1), "allowed": round(allowed, 1),
            "grows": drift > allowed and last - first > allowed}
