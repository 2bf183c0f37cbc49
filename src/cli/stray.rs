//! Strays: requests whose clock is far ahead of all others, which `--last` counts back from.

use crate::tally::series::Series;
use crate::time;

/// What to say when the window of `--last` (its length in microseconds) holds nothing but a few
/// stray requests: one line with a wrong clock makes itself the newest. `series` is of the whole
/// log.
///
/// Strays are requests behind a gap that is longer than the window, a tenth or less of those in
/// as long a window before the gap.
pub(super) fn warning(series: &Series, length: i64) -> Option<String> {
    const FEW: u64 = 10;
    let (_, newest) = series.span()?;
    let width = series.width() as i64 * time::SECOND;
    let buckets: Vec<_> = series
        .buckets()
        .into_iter()
        .map(|(start, bucket)| (start.saturating_mul(time::SECOND), bucket.requests()))
        .collect();
    let since = |end: i64| end.saturating_sub(length);
    let first = buckets.partition_point(|(start, _)| start + width <= since(newest));
    let (before, last) = buckets.split_at(first);
    let gap_start = before.last()?.0 + width;
    let gap = last.first()?.0 - gap_start;
    let requests = |buckets: &[(i64, u64)]| buckets.iter().map(|(_, requests)| requests).sum();
    let strays: u64 = requests(last);
    let others = before.partition_point(|(start, _)| start + width <= since(gap_start));
    let others: u64 = requests(&before[others..]);
    (gap > length && strays.saturating_mul(FEW) <= others).then(|| {
        format!(
            "--last counts back from the newest request, which is of {}; the ones before it end \
             at {}: if the newest clock is wrong, use --since and --until",
            time::rfc3339(newest),
            time::rfc3339(gap_start)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    const MINUTE: i64 = 60 * time::SECOND;

    #[test]
    fn strays_are_few_and_far() {
        // Requests in successive seconds from 0, then so many behind a gap; the window.
        for (requests, gap, strays, length, warned) in [
            (600, 60 * MINUTE, 1, MINUTE, true),
            (600, 60 * MINUTE, 6, MINUTE, true),
            // As busy as before the gap: a pause.
            (600, 60 * MINUTE, 7, MINUTE, false),
            // The window reaches behind the gap.
            (600, 60 * MINUTE, 1, 61 * MINUTE, false),
            (600, MINUTE, 1, MINUTE, false),
            (600, MINUTE + time::SECOND, 1, MINUTE, true),
            (600, 0, 1, MINUTE, false),
            (0, 0, 1, MINUTE, false),
            (0, 0, 0, MINUTE, false),
            // More buckets than are held in seconds: 5 s each.
            (20_000, 60 * MINUTE, 1, MINUTE, true),
            (20_000, 0, 1, MINUTE, false),
            (20_000, 0, 1, 1, false),
        ] {
            let times =
                (0..requests).chain((0..strays).map(|at| requests + gap / time::SECOND + at));
            let batch: Vec<_> = times
                .map(|second| Record { time: Some(second * time::SECOND), ..Record::default() })
                .collect();
            let mut series = Series::default();
            series.count(&batch, &vec![None; batch.len()]);
            let warning = warning(&series, length);
            assert_eq!(
                warning.is_some(),
                warned,
                "{requests} {gap} {strays} {length}: {warning:?}"
            );
        }
    }
}
