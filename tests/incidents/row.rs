//! A row of the table of scores: of a kind, of a format, of all.

/// One row of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Found of all: with at least 30 errors too many, with 8 to 30, and too faint to be clear.
    pub(crate) strong: (u32, u32),
    pub(crate) weak: (u32, u32),
    pub(crate) faint: (u32, u32),
    pub(crate) ious: Vec<f64>,
    /// In buckets.
    pub(crate) onsets: Vec<f64>,
    /// Right at the first place, among the first three, of all that had a culprit.
    pub(crate) culprit: (u32, u32, u32),
    /// Nobody named, of all that were spread.
    pub(crate) spread: (u32, u32),
    pub(crate) severity: (u32, u32),
    pub(crate) signal: (u32, u32),
    pub(crate) pieces: u32,
}

impl Row {
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.strong, other.strong),
            (&mut self.weak, other.weak),
            (&mut self.faint, other.faint),
            (&mut self.spread, other.spread),
            (&mut self.severity, other.severity),
            (&mut self.signal, other.signal),
        ] {
            *sum = (sum.0 + more.0, sum.1 + more.1);
        }
        let (first, three, all) = &mut self.culprit;
        *first += other.culprit.0;
        *three += other.culprit.1;
        *all += other.culprit.2;
        self.ious.extend(&other.ious);
        self.onsets.extend(&other.onsets);
        self.pieces += other.pieces;
    }

    pub(crate) fn cells(&self, name: &str) -> [String; 13] {
        let number = |values: &[f64], at: f64| match values {
            [] => "-".to_owned(),
            _ => format!("{:.2}", quantile(values, at)),
        };
        let (first, three, all) = self.culprit;
        [
            name.to_owned(),
            part(self.strong),
            part(self.weak),
            part(self.faint),
            number(&self.ious, 0.5),
            number(&self.ious, 0.1),
            number(&self.onsets, 0.5),
            part((first, all)),
            part((three, all)),
            part(self.spread),
            part(self.severity),
            part(self.signal),
            self.pieces.to_string(),
        ]
    }
}

pub(crate) fn part((count, all): (u32, u32)) -> String {
    if all == 0 { "-".to_owned() } else { format!("{count}/{all}") }
}

/// A share; nothing of nothing is nothing.
pub(crate) fn share((count, all): (u32, u32)) -> f64 {
    f64::from(count) / f64::from(all.max(1))
}

/// By nearest rank.
pub(crate) fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (at * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}
