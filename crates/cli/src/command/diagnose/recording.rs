//! One recording: what its manifest's row and the flags say about it, and its diagnosis.

use super::Plan;
use crate::channel_choice::wanted;
use crate::failure::{Code, Failure};
use crate::manifest::{Job, Row};
use crate::reading::Stated;
use crate::report_folder::Which;
use crate::terminal::{shell_path, shell_word, shown};
use crate::translate::{self, Doing};
use brinell_diagnosis::{
    BearingUse, CatalogueBearing, Diagnosis, Drawn, EarlierReading, Judged, Machine, Request, SeverityRequest,
};
use brinell_formats::{
    Error, MeasuredChannels, ReadRecording, RecordingSegment, Source, WantedChannels, probe_recording,
    read_channels, read_segments,
};
use brinell_report::Declared;
use brinell_signal::{Channel, Origin, Seconds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What one file came to.
pub(super) struct JudgedFile {
    /// A diagnosis, or one for each segment of each channel.
    pub(super) judged: Vec<Judged>,
    /// Channels that were asked for with others, and cannot be diagnosed.
    pub(super) unusable: Vec<(String, Box<Failure>)>,
    pub(super) channels: MeasuredChannels,
}

/// How one file went.
pub(super) type Judgement = Result<JudgedFile, Box<Failure>>;

/// Samples of all channels from which on a recording is read in segments unasked: 2 gigabytes as numbers of a file.
const MOST_AT_ONCE: usize = 250_000_000;

/// Length of segments unless stated.
const SEGMENT: Seconds = Seconds(60.0);

/// Why channels of a recording are not diagnosed.
fn unusable(read: &ReadRecording, doing: Doing<'_>) -> Vec<(String, Box<Failure>)> {
    let path = &read.recording.provenance().path;
    let why = |(name, cause): &(String, String)| {
        let error = Error::Recording { path: path.clone(), cause: cause.clone() };
        (name.clone(), translate::formats(&error, doing))
    };
    read.unusable.iter().map(why).collect()
}

impl Plan {
    /// A bug that one file brings out does not stop the others.
    pub(super) fn judge_safely(&self, job: &Job) -> Judgement {
        let path = &job.path;
        catch_unwind(AssertUnwindSafe(|| self.judge(job))).unwrap_or_else(|_| {
            Err(Failure::new(Code::Internal, format!("{} brought out a bug in brinell", shown(path)))
                .help("please report it, with the file if it may be shared")
                .file(path))
        })
    }

    fn judge(&self, job: &Job) -> Judgement {
        if let Some(failure) = refusal(job) {
            return Err(Box::new(failure.clone()));
        }
        let (path, row) = (job.path.as_path(), job.row.as_ref());
        let doing = Doing { command: self.command, path };
        let stated = self.stated_of(row);
        let Some(length) = self.segment.or_else(|| is_long(path, &stated).then_some(SEGMENT)) else {
            let read = read_channels(path, &stated.request(), self.wanted(row))
                .map_err(|error| translate::formats(&error, doing))?;
            let judged = self.judge_read(&read, job, &stated)?;
            return Ok(JudgedFile { judged, unusable: unusable(&read, doing), channels: read.measured });
        };
        let (mut judged, mut channels, mut failed) = (Vec::new(), MeasuredChannels::default(), None);
        let mut unused = Vec::new();
        let mut each = |segment: RecordingSegment| {
            if failed.is_none() {
                let from = segment.from.0;
                let to = from + segment.read.recording.duration().0;
                match self.judge_read(&segment.read, job, &stated) {
                    Ok(own) if segment.of > 1 => {
                        let part = |own: Judged| own.of_segment(segment.number + 1, segment.of, [from, to]);
                        judged.extend(own.into_iter().map(part));
                    }
                    Ok(own) => judged.extend(own),
                    Err(failure) => failed = Some(failure),
                }
            }
            unused.extend(unusable(&segment.read, doing));
            channels = segment.read.measured;
            Ok(())
        };
        read_segments(path, &stated.request(), self.wanted(row), length, &mut each)
            .map_err(|error| translate::formats(&error, doing))?;
        // Segments come as the file holds them, and are told channel by channel.
        let place =
            |own: &Judged| channels.vibration.iter().position(|name| *name == own.diagnosis.input.channel);
        judged.sort_by_key(place);
        failed.map_or(Ok(JudgedFile { judged, unusable: unused, channels }), Err)
    }

    /// The diagnoses of a recording, one for each channel that is wanted.
    fn judge_read(
        &self,
        read: &ReadRecording,
        job: &Job,
        stated: &Stated,
    ) -> Result<Vec<Judged>, Box<Failure>> {
        match self.wanted(job.row.as_ref()) {
            WantedChannels::First => self.judge_channel(read, job, stated, None).map(|own| vec![own]),
            WantedChannels::Named(name) => {
                self.judge_channel(read, job, stated, Some(name)).map(|own| vec![own])
            }
            WantedChannels::Vibration => {
                let names = read.recording.channels().iter().map(Channel::name);
                names.map(|name| self.judge_channel(read, job, stated, Some(name))).collect()
            }
        }
    }

    fn judge_channel(
        &self,
        read: &ReadRecording,
        job: &Job,
        stated: &Stated,
        channel: Option<&str>,
    ) -> Result<Judged, Box<Failure>> {
        let (path, row) = (job.path.as_path(), job.row.as_ref());
        let doing = Doing { command: self.command, path };
        let bearing = self.bearing_under(read, row, channel);
        let (machine, measured) = (self.machine_of(row), self.measured_of(row));
        let request = Request {
            channel,
            reproduce: self.reproduce(
                path,
                stated,
                channel,
                bearing.as_ref(),
                (&machine, measured.as_deref()),
            ),
            machine,
            severity: SeverityRequest {
                measured,
                history: &self.history_of(row),
                limit: self.severity.limit.clone(),
                policy: self.severity.policy.as_ref(),
            },
            bearing,
            model: self.model.model(),
            drawn: self.drawn(),
            smallest_fault: self.arguments.smallest_fault,
            teeth: self.arguments.teeth,
            poles: self.arguments.poles,
        };
        brinell_diagnosis::judge(&read.recording, &request)
            .map_err(|error| translate::diagnosis(&error, doing))
    }

    /// Figures are made for pages alone.
    fn drawn(&self) -> Drawn {
        match (&self.arguments.output, self.arguments.pages) {
            (None, _) | (_, Which::None) => Drawn::Never,
            (_, Which::Doubtful) => Drawn::Doubtful,
            (_, Which::All) => Drawn::Always,
        }
    }

    /// The readings that flags and a row's baseline name.
    fn history_of(&self, row: Option<&Row>) -> Vec<EarlierReading> {
        let baseline = row.and_then(|row| row.baseline.as_deref()).into_iter().flatten();
        self.severity.history.iter().chain(baseline).cloned().collect()
    }

    /// The diagnosis, set against earlier readings of the same batch beside those that are named.
    pub(super) fn against(&self, judged: Judged, job: &Job, earlier: &[&EarlierReading]) -> Diagnosis {
        let (now, mut history) = (judged.reading(), self.history_of(job.row.as_ref()));
        let known = history.len();
        for then in earlier.iter().filter(|then| then.same_point(&now)) {
            if !history[..known].iter().any(|other| other.is_again(then)) {
                history.push((*then).clone());
            }
        }
        if history.len() == known {
            return judged.diagnosis;
        }
        judged.with_history(&SeverityRequest {
            measured: None,
            history: &history,
            limit: self.severity.limit.clone(),
            policy: self.severity.policy.as_ref(),
        })
    }

    /// What flags and manifest say of a recording that was not diagnosed.
    pub(super) fn declared(&self, job: &Job) -> Declared {
        let row = job.row.as_ref();
        let stated = self.stated_of(row);
        let bearing = row.and_then(|row| row.designation.clone());
        Declared {
            machine: self.machine_of(row),
            channel: match self.wanted(row) {
                WantedChannels::Named(name) => Some(name.to_owned()),
                WantedChannels::First | WantedChannels::Vibration => None,
            },
            bearing: bearing.or_else(|| self.bearing.as_ref().map(|bearing| bearing.designation.clone())),
            speed_hz: stated.speed.map(|speed| speed.0),
            rate_hz: stated.rate.map(|rate| rate.0),
            unit: stated.unit.map(|unit| unit.to_string()),
            measured: self.measured_of(row),
        }
    }

    /// What the file does not say: a row's cells go before the flags.
    fn stated_of(&self, row: Option<&Row>) -> Stated {
        Stated {
            rate: row.and_then(|row| row.rate).or(self.stated.rate),
            speed: row.and_then(|row| row.speed).or(self.stated.speed),
            unit: row.and_then(|row| row.unit).or(self.stated.unit),
            variable: row.and_then(|row| row.variable.clone()).or_else(|| self.stated.variable.clone()),
            layout: self.stated.layout.clone(),
            channels: match self.wanted(row) {
                WantedChannels::Named(name) => vec![name.to_owned()],
                WantedChannels::First | WantedChannels::Vibration => Vec::new(),
            },
        }
    }

    /// The channels that are diagnosed of a recording.
    pub(super) fn wanted<'a>(&'a self, row: Option<&'a Row>) -> WantedChannels<'a> {
        wanted(row.and_then(|row| row.channel.as_deref()).or(self.arguments.channel.as_deref()))
    }

    /// Names of the channels that `all` stands for, by the headers of the file.
    pub(super) fn vibration_of(&self, job: &Job) -> Result<Vec<String>, Box<Failure>> {
        let stated = self.stated_of(job.row.as_ref());
        let probed = Source::open(&job.path).and_then(|source| probe_recording(&source, &stated.request()));
        let channels = probed.and_then(|probed| probed.recording).and_then(|own| own.vibration(&job.path));
        channels.map_err(|error| translate::formats(&error, Doing { command: self.command, path: &job.path }))
    }

    pub(super) fn machine_of(&self, row: Option<&Row>) -> Machine {
        let declared = &self.severity.machine;
        row.map_or_else(|| declared.clone(), |row| row.machine(declared))
    }

    pub(super) fn measured_of(&self, row: Option<&Row>) -> Option<String> {
        row.and_then(|row| row.date.clone()).or_else(|| self.severity.measured.clone())
    }

    /// The bearing under the sensor: the manifest's, the command line's, or the layout's.
    fn bearing_under(
        &self,
        read: &ReadRecording,
        row: Option<&Row>,
        channel: Option<&str>,
    ) -> Option<BearingUse> {
        let declared = row.and_then(|row| row.bearing.clone()).or_else(|| self.bearing.clone());
        if let Some(bearing) = declared {
            return Some(BearingUse { bearing, origin: Origin::Declared });
        }
        let name = channel.or_else(|| read.recording.channels().first().map(|channel| channel.name()));
        let known = read.bearings.iter().find(|(channel, _)| Some(channel.as_str()) == name);
        // A layout may name a bearing that the catalogue lacks: then its geometry is not known.
        known
            .and_then(|(_, designation)| self.shelf.bearing(designation).ok())
            .map(|bearing| BearingUse { bearing, origin: Origin::Nominal })
    }

    /// The command line that repeats the diagnosis of one file.
    fn reproduce(
        &self,
        path: &Path,
        stated: &Stated,
        channel: Option<&str>,
        bearing: Option<&BearingUse>,
        (machine, measured): (&Machine, Option<&str>),
    ) -> String {
        let mut words = vec![format!("brinell {}", self.command), shell_path(path)];
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("{name} {}", shell_word(&value))));
        };
        flag("--rate", stated.rate.map(|rate| format!("{}Hz", rate.0)));
        flag("--speed", stated.speed.map(|speed| format!("{}Hz", speed.0)));
        flag("--unit", stated.unit.map(|unit| unit.to_string()));
        flag("--variable", stated.variable.clone());
        let layout = self.arguments.reading.layout.as_ref();
        flag("--layout", layout.map(|path| path.to_string_lossy().into_owned()));
        flag("--channel", channel.map(str::to_owned));
        if let Some(used) = bearing.filter(|used| used.origin == Origin::Declared) {
            if self.dimensions_used(&used.bearing) {
                let geometry = &used.bearing.geometry;
                flag("--rolling-elements", Some(geometry.rolling_elements.to_string()));
                flag("--ball-diameter", Some(format!("{}mm", geometry.ball_diameter.0)));
                flag("--pitch-diameter", Some(format!("{}mm", geometry.pitch_diameter.0)));
                flag("--contact-angle", Some(format!("{}deg", geometry.contact_angle_deg)));
            } else {
                flag("--bearing", Some(used.bearing.designation.clone()));
                let own = self.arguments.dimensions.bearings.as_ref();
                flag("--bearings", own.map(|path| path.to_string_lossy().into_owned()));
            }
        }
        words.extend(self.arguments.severity.again(machine, measured));
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("{name} {}", shell_word(&value))));
        };
        flag("--teeth", self.arguments.teeth.map(|teeth| teeth.to_string()));
        flag("--poles", self.arguments.poles.map(|poles| poles.to_string()));
        flag("--model", self.model.flag().filter(|_| self.command == "diagnose"));
        flag("--device", self.device.clone());
        flag("--segment", self.segment.map(|length| format!("{}s", length.0)));
        words.extend(self.arguments.smallest_fault.then(|| "--smallest-fault".to_owned()));
        words.join(" ")
    }

    fn dimensions_used(&self, used: &CatalogueBearing) -> bool {
        self.arguments.dimensions.rolling_elements.is_some() && self.bearing.as_ref() == Some(used)
    }
}

/// Whether a recording has too many samples to be read at once. What is wrong with it is told when it is read.
fn is_long(path: &Path, stated: &Stated) -> bool {
    let bytes = path.metadata().map_or(0, |meta| meta.len());
    // A sample takes a bit at least, in the best of packed files.
    if bytes.saturating_mul(8) < MOST_AT_ONCE as u64 {
        return false;
    }
    let probed = Source::open(path).and_then(|source| probe_recording(&source, &stated.request()));
    probed
        .ok()
        .and_then(|probed| probed.recording.ok())
        .is_some_and(|recording| recording.samples.saturating_mul(recording.channels.len()) > MOST_AT_ONCE)
}

/// Why a recording fails before it is read: its row of the manifest, or a folder that cannot be read.
pub(super) fn refusal(job: &Job) -> Option<&Failure> {
    job.refused.as_deref().or_else(|| job.row.as_ref().and_then(|row| row.refused.as_deref()))
}
