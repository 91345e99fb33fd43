//! Data sets that this build knows: layout, catalogue and citation of each, in one table.

use crate::catalogue::{Catalogue, Entry};
use crate::error::{Error, Result, nearest};
use crate::layout::Layout;
use crate::reading::{ReadRecording, ReadRequest, read_recording_as};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A data set: what its files hold and what is known about each.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Short name, e.g. `cwru`.
    pub name: &'static str,
    /// Full name.
    pub title: &'static str,
    /// How to cite it.
    pub citation: &'static str,
    /// Where it is published.
    pub homepage: &'static str,
    /// Its licence, as it is stated there.
    pub licence: &'static str,
    /// How its variables become recordings.
    pub layout: Layout,
    /// Its recordings; none where only the layout is known.
    pub catalogue: Catalogue,
}

/// What a shipped data set is made of.
struct Shipped {
    name: &'static str,
    title: &'static str,
    citation: &'static str,
    homepage: &'static str,
    licence: &'static str,
    layout: &'static str,
    /// Sets whose recordings nobody listed with their hashes have none: their layout has to be named.
    catalogue: Option<&'static str>,
}

/// The table: one row is one data set; those with a catalogue stand first.
const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "cwru",
        title: "Case Western Reserve University Bearing Data Center",
        citation: "Case Western Reserve University Bearing Data Center, \
                   https://engineering.case.edu/bearingdatacenter",
        homepage: "https://engineering.case.edu/bearingdatacenter",
        licence: "none stated",
        layout: include_str!("../../../data/cwru/layout.toml"),
        catalogue: Some(include_str!("../../../data/cwru/catalogue.csv")),
    },
    Shipped {
        name: "hit-sm",
        title: "HIT-SM bearing datasets, Harbin Institute of Technology",
        citation: "Z. Wang, W. Huang, Y. Chen, Y. Jiang, G. Peng: Multisource cross-domain fault diagnosis of rolling \
                   bearing based on subdomain adaptation network. Measurement Science and Technology 33 (2022) 105109, \
                   doi 10.1088/1361-6501/ac7941",
        homepage: "https://github.com/hitwzc/Bearing-datasets",
        licence: "none stated",
        layout: include_str!("../../../data/hit-sm/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "hust-hanoi",
        title: "HUST bearing, Hanoi University of Science and Technology",
        citation: "N. D. Thuan, H. S. Hong: HUST bearing: a practical dataset for ball bearing fault diagnosis. BMC \
                   Research Notes 16 (2023) 138, doi 10.1186/s13104-023-06400-4",
        homepage: "https://data.mendeley.com/datasets/cbv7jyx4p9/3",
        licence: "CC BY 4.0",
        layout: include_str!("../../../data/hust-hanoi/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "hust-wuhan",
        title: "HUSTbearing, Huazhong University of Science and Technology, Wuhan",
        citation: "C. Zhao, E. Zio, W. Shen: Domain generalization for cross-domain fault diagnosis: an \
                   application-oriented perspective and a benchmark study. Reliability Engineering & System Safety 245 \
                   (2024) 109964, doi 10.1016/j.ress.2024.109964",
        homepage: "https://github.com/CHAOZHAO-1/HUSTbearing-dataset",
        licence: "none stated",
        layout: include_str!("../../../data/hust-wuhan/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "ims",
        title: "IMS bearings, University of Cincinnati, by way of NASA: three runs to failure",
        citation: "J. Lee, H. Qiu, G. Yu, J. Lin, Rexnord Technical Services: Bearing Data Set. IMS, University of \
                   Cincinnati, NASA Prognostics Data Repository, NASA Ames Research Center (2007)",
        homepage: "https://data.nasa.gov/dataset/ims-bearings",
        licence: "none stated",
        layout: include_str!("../../../data/ims/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "jnu",
        title: "Jiangnan University bearings",
        citation: "K. Li, X. Ping, H. Wang, P. Chen, Y. Cao: Sequential fuzzy diagnosis method for motor roller bearing \
                   in variable operating conditions based on vibration analysis. Sensors 13 (2013) 8013-8041, doi \
                   10.3390/s130608013",
        homepage: "https://github.com/ClarkGableWang/JNU-Bearing-Dataset",
        licence: "none stated",
        layout: include_str!("../../../data/jnu/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "mfpt",
        title: "MFPT bearing fault data sets, Society for Machinery Failure Prevention Technology",
        citation: "E. Bechhoefer: Condition Based Maintenance Fault Database for Testing of Diagnostic and Prognostics \
                   Algorithms. Society for Machinery Failure Prevention Technology (2013)",
        homepage: "https://www.mfpt.org/fault-data-sets/",
        licence: "none stated",
        layout: include_str!("../../../data/mfpt/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "paderborn",
        title: "Paderborn University bearing data center (KAt)",
        citation: "C. Lessmeier, J. K. Kimotho, D. Zimmer, W. Sextro: Condition monitoring of bearing damage in \
                   electromechanical drive systems by using motor current signals of electric motors. PHM Society European \
                   Conference 3(1) (2016)",
        homepage: "https://groups.uni-paderborn.de/kat/BearingDataCenter/",
        licence: "CC BY-NC 4.0",
        layout: include_str!("../../../data/paderborn/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "seu",
        title: "Southeast University gearbox dataset, drivetrain dynamics simulator",
        citation: "S. Shao, S. McAleer, R. Yan, P. Baldi: Highly accurate machine fault diagnosis using deep transfer \
                   learning. IEEE Transactions on Industrial Informatics 15 (2019) 2446-2455, doi \
                   10.1109/TII.2018.2864759",
        homepage: "https://github.com/cathysiyu/Mechanical-datasets",
        licence: "none stated",
        layout: include_str!("../../../data/seu/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "uored-vafcls",
        title: "University of Ottawa rolling-element dataset, constant load and speed (UORED-VAFCLS)",
        citation: "M. Sehri, P. Dumond: University of Ottawa Rolling-element Dataset - Vibration and Acoustic Faults \
                   under Constant Load and Speed conditions (UORED-VAFCLS). Mendeley Data, V5 (2023), doi \
                   10.17632/y2px5tg92h.5",
        homepage: "https://data.mendeley.com/datasets/y2px5tg92h/5",
        licence: "CC BY 4.0",
        layout: include_str!("../../../data/uored-vafcls/layout.toml"),
        catalogue: None,
    },
    Shipped {
        name: "xjtu-sy",
        title: "XJTU-SY bearings, Xi'an Jiaotong University and Changxing Sumyoung: fifteen runs to failure",
        citation: "B. Wang, Y. Lei, N. Li, N. Li: A hybrid prognostics approach for estimating remaining useful life of \
                   rolling element bearings. IEEE Transactions on Reliability 69 (2020) 401-412, doi \
                   10.1109/TR.2018.2882682",
        homepage: "https://github.com/WangBiaoXJTU/xjtu-sy-bearing-datasets",
        licence: "none stated",
        layout: include_str!("../../../data/xjtu-sy/layout.toml"),
        catalogue: None,
    },
];

/// The data sets of which this build knows the layout; those with a catalogue stand first.
pub fn layouts() -> &'static [Dataset] {
    static LAYOUTS: OnceLock<Vec<Dataset>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        // Shipped text, not input: the tests parse every row of the table.
        let catalogue = |shipped: &Shipped| match shipped.catalogue {
            Some(text) => Catalogue::parse(text, shipped.name).expect("shipped catalogues are valid"),
            None => Catalogue::empty(shipped.name),
        };
        let load = |shipped: &Shipped| Dataset {
            name: shipped.name,
            title: shipped.title,
            citation: shipped.citation,
            homepage: shipped.homepage,
            licence: shipped.licence,
            layout: Layout::parse(shipped.layout, shipped.name).expect("shipped layouts are valid"),
            catalogue: catalogue(shipped),
        };
        SHIPPED.iter().map(load).collect()
    })
}

/// The data sets of which this build knows every recording.
pub fn datasets() -> &'static [Dataset] {
    let catalogued = SHIPPED.iter().take_while(|shipped| shipped.catalogue.is_some()).count();
    &layouts()[..catalogued]
}

/// The data set with the layout of this name.
///
/// # Errors
/// [`Error::LayoutUnknown`] with the nearest name.
pub fn find_layout(name: &str) -> Result<&'static Dataset> {
    let known = || layouts().iter().map(|dataset| dataset.name);
    layouts().iter().find(|dataset| dataset.name == name).ok_or_else(|| Error::LayoutUnknown {
        asked: name.to_owned(),
        suggestion: nearest(name, known()),
        known: known().collect::<Vec<_>>().join(", "),
    })
}

/// The data set of this name.
#[must_use]
pub fn dataset(name: &str) -> Option<&'static Dataset> {
    datasets().iter().find(|dataset| dataset.name == name)
}

/// Like [`dataset`], with an error that suggests the nearest name.
///
/// # Errors
/// [`Error::DatasetUnknown`]; [`Error::LayoutAlone`] for a set without catalogue.
pub fn find_dataset(name: &str) -> Result<&'static Dataset> {
    if let Some(known) =
        layouts().iter().find(|known| known.name == name && known.catalogue.entries.is_empty())
    {
        return Err(Error::LayoutAlone { name: name.to_owned(), homepage: known.homepage.to_owned() });
    }
    dataset(name).ok_or_else(|| {
        let names = || datasets().iter().map(|dataset| dataset.name);
        Error::DatasetUnknown {
            asked: name.to_owned(),
            suggestion: nearest(name, names()),
            known: names().collect::<Vec<_>>().join(", "),
        }
    })
}

/// The shipped recording with this SHA-256 (lower-case hexadecimal).
pub fn identify(sha256: &str) -> Option<(&'static Dataset, &'static Entry)> {
    datasets().iter().find_map(|dataset| Some((dataset, dataset.catalogue.by_sha256(sha256)?)))
}

/// Whether a shipped catalogue holds a recording of this size, or one of unknown size: only then is its hash worth computing.
pub(crate) fn may_be_catalogued(bytes: u64) -> bool {
    let fits = |entry: &Entry| entry.bytes.is_none_or(|own| own == bytes);
    datasets().iter().any(|dataset| dataset.catalogue.entries.iter().any(fits))
}

/// Which recordings of a data set are in a folder.
#[derive(Debug, Clone)]
pub struct Presence<'a> {
    /// Those that are there, with their paths, in catalogue order. Their content is not checked.
    pub present: Vec<(&'a Entry, PathBuf)>,
    /// Those that are not.
    pub missing: Vec<&'a Entry>,
}

impl Dataset {
    /// Folder of this data set below the data folder.
    #[must_use]
    pub fn folder(&self, data_folder: &Path) -> PathBuf {
        data_folder.join(self.name)
    }

    /// Where a recording lies in `folder`: as `.mat` or `.mat.xz`, directly or below `mat/`, `xz/`
    /// or a folder named for the data set. `None` when it is not there.
    #[must_use]
    pub fn path_of(&self, entry: &Entry, folder: &Path) -> Option<PathBuf> {
        let plain = entry.file_name();
        let packed = format!("{plain}.xz");
        [folder.to_owned(), self.folder(folder)]
            .iter()
            .flat_map(|root| {
                [
                    root.join(&plain),
                    root.join("mat").join(&plain),
                    root.join(&packed),
                    root.join("xz").join(&packed),
                ]
            })
            .find(|path| path.is_file())
    }

    /// Which recordings are in `folder`, by name.
    #[must_use]
    pub fn present(&self, folder: &Path) -> Presence<'_> {
        let mut presence = Presence { present: Vec::new(), missing: Vec::new() };
        for entry in &self.catalogue.entries {
            match self.path_of(entry, folder) {
                Some(path) => presence.present.push((entry, path)),
                None => presence.missing.push(entry),
            }
        }
        presence
    }

    /// Reads one recording of this data set and checks that it is the catalogued one.
    ///
    /// # Errors
    /// When the catalogue has no such file, the folder lacks it, its hash is another, or it cannot
    /// be read.
    pub fn read(&self, folder: &Path, file: &str) -> Result<ReadRecording> {
        let entry = self.catalogue.find(file)?;
        let path = self.path_of(entry, folder).ok_or_else(|| Error::EntryMissing {
            dataset: self.name.to_owned(),
            file: entry.file_name(),
            folder: folder.display().to_string(),
            only: entry.file.clone(),
        })?;
        read_recording_as(&path, &ReadRequest::default(), Some((self, entry)))
    }
}
