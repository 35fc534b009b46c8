-- A share of what the model said, with the model's own error in it (docs/statistics.md): the same definition as
-- models/ratings/prevalence.py; a test holds the two together to 1e-9.
--
-- `share` is what share_interval gives; `rates` are a row of model_errors: sensitivity, sensitivity_variance, fall_out,
-- fall_out_variance. Null where either is null, or where what the model says tells nothing of a share.

-- The share that is really there: adjusted classify and count (Rogan and Gladen 1978) with the interval of Lang and
-- Reiczigel (2014) around that of the counted share. Each list_transform gives names to what the next one uses.
create or replace macro corrected_share(share, rates) as
    [{
        's': share, 'r': rates,
        -- greatest and least pass over nulls
        'contrast': case when share.mean is not null then rates.sensitivity - rates.fall_out end
    }]
    .list_transform(lambda x: {
        's': x.s, 'r': x.r, 'contrast': x.contrast,
        'mean': greatest(0, least(1, (x.s.mean - x.r.fall_out) / x.contrast)),
        'middle': greatest(0, least(1, ((x.s.low + x.s.high) / 2 - x.r.fall_out) / x.contrast))
    })
    .list_transform(lambda x: {
        'contrast': x.contrast, 'mean': x.mean, 'middle': x.middle,
        'half': sqrt(
            ((x.s.high - x.s.low) / 2) ** 2 + 1.959963984540054e0 ** 2
                * (x.middle ** 2 * x.r.sensitivity_variance + (1 - x.middle) ** 2 * x.r.fall_out_variance)
        ) / x.contrast
    })
    .list_transform(lambda x: case when x.contrast >= 0.05 then {
        'mean': x.mean,
        'low': least(x.mean, greatest(0, x.middle - x.half)),
        'high': greatest(x.mean, least(1, x.middle + x.half))
    } end)[1];

-- The difference that is really there, of two shares of one app: what is given wrongly is so in both.
create or replace macro corrected_change(before, after, rates) as
    [{'d': difference_interval(before, after), 'r': rates, 'contrast': rates.sensitivity - rates.fall_out}]
    .list_transform(lambda x: {
        'd': x.d, 'contrast': x.contrast,
        'mean': x.d.change / x.contrast,
        'stretched': 1.959963984540054e0 * abs(x.d.change / x.contrast)
            * sqrt(x.r.sensitivity_variance + x.r.fall_out_variance) / x.contrast
    })
    .list_transform(lambda x: case when x.contrast >= 0.05 and x.mean is not null then {
        'mean': x.mean,
        'low': greatest(-1, x.mean - sqrt((x.mean - x.d.low / x.contrast) ** 2 + x.stretched ** 2)),
        'high': least(1, x.mean + sqrt((x.d.high / x.contrast - x.mean) ** 2 + x.stretched ** 2))
    } end)[1];

-- Of several languages together, an aggregate over one row a language: each weighs by its `n` texts, and distances of
-- the ends are squared and added (Zou and Donner 2008). Languages without a share do not count.
create or replace macro joined_shares(share, n) as
    [{
        'n': sum(0e0 + n) filter (share is not null),
        'mean': sum(n * share.mean),
        'below': sqrt(sum((n * (share.mean - share.low)) ** 2)),
        'above': sqrt(sum((n * (share.high - share.mean)) ** 2))
    }]
    .list_transform(lambda x: case when x.n > 0 then {
        'mean': x.mean / x.n, 'low': (x.mean - x.below) / x.n, 'high': (x.mean + x.above) / x.n, 'n': x.n
    } end)[1];
