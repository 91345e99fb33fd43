//! The tables that `brinell benchmark` reproduces: their experiments, as they lie in `configs/`, and what is known of each
//! protocol from elsewhere.

/// The table of one data set.
pub(crate) struct Benchmark {
    pub(crate) dataset: &'static str,
    pub(crate) rows: &'static [BenchmarkRow],
}

/// One experiment.
pub(crate) struct BenchmarkRow {
    /// Its name in `--only` and of its folder.
    pub(crate) name: &'static str,
    /// What it measures.
    pub(crate) title: &'static str,
    /// Figures of others, with their source.
    pub(crate) known: &'static str,
    /// The file.
    pub(crate) file: &'static str,
    /// Its text.
    pub(crate) experiment: &'static str,
}

macro_rules! row {
    ($name:literal, $title:literal, $known:literal, $file:literal) => {
        BenchmarkRow {
            name: $name,
            title: $title,
            known: $known,
            file: concat!("configs/", $file),
            experiment: include_str!(concat!("../../../configs/", $file)),
        }
    };
}

/// All tables.
pub(crate) const BENCHMARKS: &[Benchmark] = &[Benchmark {
    dataset: "cwru",
    rows: &[
        row!(
            "p2",
            "faulty bearings that were never seen (leave one fault size out)",
            "forests and nets 45 to 64 % macro-F1 on unseen sizes (public benchmarks of 2022 to 2026)",
            "cwru/p2-leave-one-size-out.toml"
        ),
        row!(
            "p3",
            "faulty bearings and a load that were never seen",
            "no published figure with a source was found",
            "cwru/p3-unseen-bearing-and-load.toml"
        ),
        row!(
            "p4",
            "the 100 published bearing-wise splits, a score for each part",
            "macro AUROC 85.06 +- 8.92, forest on 20 features (Vieira and others, MSSP 258, 2026, 114640)",
            "cwru/p4-bearing-wise.toml"
        ),
        row!("p5", "from one end to the other", "no published figure was found", "cwru/p5-cross-end.toml"),
        row!(
            "p7",
            "unseen bearings under white and pink noise",
            "80.4 % macro-F1 at 0 dB on bearings that were known; none on unseen ones",
            "cwru/p7-noise.toml"
        ),
        row!(
            "p8",
            "a kind of fault that was never learned",
            "no published figure was found",
            "cwru/p8-unknown-fault.toml"
        ),
        row!(
            "p2-nets",
            "nets on faulty bearings that were never seen: on comb images, STFT images and samples",
            "nets 45 to 46 % macro-F1 on unseen sizes (public benchmarks of 2022 to 2026)",
            "cwru/p2-nets.toml"
        ),
        row!(
            "p4-nets",
            "the same nets on the 100 published bearing-wise splits (300 runs)",
            "macro AUROC 74.5 +- 9.4, WDCNN, second-hand (Vieira and others, MSSP 258, 2026, 114640)",
            "cwru/p4-nets.toml"
        ),
        row!(
            "p1-learners",
            "from load to load on known bearings, source only, without a net",
            "accuracy 93.27 with 10 classes (Zhao and others, IEEE TIM 70, 2021, 3525828)",
            "cwru/p1-learners.toml"
        ),
        row!(
            "p1-short",
            "from load to load on known bearings, a net adapted in three ways, in a fifth of the published epochs",
            "accuracy of the last epoch, 10 classes: source only 93.27, MK-MMD 97.49, JMMD 99.60, DANN 99.71 (Zhao and others, \
             IEEE TIM 70, 2021, 3525828)",
            "cwru/p1-short.toml"
        ),
        row!(
            "p1",
            "from load to load on known bearings, a net adapted in seven ways (252 runs: days on two cores)",
            "accuracy of the last epoch, 10 classes: source only 93.27, MK-MMD 97.49, DANN 99.71 (Zhao and others, IEEE \
             TIM 70, 2021, 3525828)",
            "cwru/p1-load-to-load.toml"
        ),
    ],
}];

#[cfg(test)]
mod tests {
    use super::*;
    use brinell_learn::Experiment;

    #[test]
    fn every_row_is_an_experiment_on_its_data_set() {
        for benchmark in BENCHMARKS {
            for row in benchmark.rows {
                let experiment =
                    Experiment::parse(row.experiment, row.file).unwrap_or_else(|e| panic!("{e}"));
                assert_eq!(experiment.data.dataset, benchmark.dataset, "{}", row.name);
            }
        }
    }
}
