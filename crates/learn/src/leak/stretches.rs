//! The same stretch of samples in two recordings, at any places: a copy that was cut, shifted or put elsewhere.
//!
//! Channels that share an [anchor](super::anchors) are compared from there, anchor by anchor, over the hashes of all
//! samples between. Their recordings are then read a second time, to see where the stretch begins and ends. It counts
//! when
//!
//! * it has 512 samples or more, equal bit by bit, that repeat none of its own: a square wave counts as long as its
//!   period;
//! * they say 256 bits or more ([`information`](super::information)). Were the samples drawn one by one with the shares
//!   that are counted there, two places among a million recordings of a million samples would be equal by chance in
//!   less than one of 10^50 cases.
//!
//! So a constant, a standstill of few values and a periodic signal are left out. What was scaled, filtered, resampled or
//! rounded is not equal bit by bit, and is not found.

use super::anchors::{Anchor, SHORTEST, WINDOW};
use super::facts::Around;
use super::information::{ENOUGH, bits};
use super::{ChannelFacts, RecordingFacts};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};

/// Stretches of one pair of channels that are looked at, the longest first.
const MOST_CHAINS: usize = 8;
/// Up to so many channels with the same anchor are compared each with each, more with their neighbours.
const MOST_ALIKE: usize = 64;

/// A stretch that two recordings have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) one: Spot<'a>,
    pub(super) other: Spot<'a>,
    pub(super) length: u64,
}

/// Where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) recording: &'a RecordingFacts,
    pub(super) channel: &'a ChannelFacts,
    pub(super) start: u64,
}

/// A channel of a recording, both by their places.
type At = (usize, usize);

/// Anchors that two channels share one after the other: the places of the first in their lists, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Chain {
    one: usize,
    other: usize,
    count: usize,
}

/// All stretches that two different recordings have in common, the longest of a pair of channels first. Pairs whose
/// channels are the same from end to end are left out.
pub(super) fn find(recordings: &[RecordingFacts]) -> Vec<Stretch<'_>> {
    let channel = |at: At| &recordings[at.0].channels[at.1];
    let chains: Vec<(At, At, Chain)> = chains(recordings)
        .into_iter()
        .flat_map(|((one, other), mut chains)| {
            let length = |chain: &Chain| {
                let anchors = &channel(one).anchors;
                anchors[chain.one + chain.count - 1].at - anchors[chain.one].at
            };
            chains.sort_by_key(|chain| (std::cmp::Reverse(length(chain)), *chain));
            chains.truncate(MOST_CHAINS);
            chains.into_iter().map(move |chain| (one, other, chain))
        })
        .collect();
    let core =
        |at: At, first: usize, count: usize| Core::of(at.1, &channel(at).anchors[first..first + count]);
    let mut asked = BTreeMap::<usize, Vec<Core>>::new();
    for (one, other, chain) in &chains {
        asked.entry(one.0).or_default().push(core(*one, chain.one, chain.count));
        asked.entry(other.0).or_default().push(core(*other, chain.other, chain.count));
    }
    let asked: Vec<(usize, Vec<Core>)> = asked.into_iter().collect();
    let around = |(recording, cores): &(usize, Vec<Core>)| {
        // a file that is gone by now gives none
        (*recording, recordings[*recording].around(cores).unwrap_or_default().into_iter())
    };
    let mut answers: BTreeMap<usize, std::vec::IntoIter<Around>> = asked.par_iter().map(around).collect();
    let mut stretches = Vec::new();
    for (one, other, chain) in chains {
        // they come in the order in which they were asked for
        let mut next = |at: At| answers.get_mut(&at.0).and_then(Iterator::next);
        let (Some(first), Some(second)) = (next(one), next(other)) else { continue };
        let Some(grown) = Grown::of(&core(one, chain.one, chain.count), &first, &second) else { continue };
        let spot = |at: At, anchor: usize| Spot {
            recording: &recordings[at.0],
            channel: channel(at),
            start: (channel(at).anchors[anchor].at - grown.before) as u64,
        };
        stretches.push(Stretch {
            one: spot(one, chain.one),
            other: spot(other, chain.other),
            length: grown.length as u64,
        });
    }
    let name = |spot: &Spot<'_>| (spot.recording.name.clone(), spot.channel.name.clone());
    stretches.sort_by_cached_key(|of| {
        (name(&of.one), name(&of.other), std::cmp::Reverse(of.length), of.one.start, of.other.start)
    });
    stretches
}

/// The samples of a chain of anchors, of which all are known to be equal.
#[derive(Debug, Clone)]
pub(super) struct Core {
    /// The channel, by its place.
    pub(super) channel: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Of these, the samples that are no repeat of earlier ones, from and to.
    pub(super) fresh: Vec<(usize, usize)>,
}

impl Core {
    fn of(channel: usize, anchors: &[Anchor]) -> Core {
        let ends = anchors.iter().skip(1).map(|next| next.at);
        let last = anchors.last().map_or(0, |anchor| anchor.at + WINDOW);
        let mut seen = HashSet::new();
        let mut fresh = Vec::<(usize, usize)>::new();
        for (anchor, end) in anchors.iter().zip(ends.chain([last])) {
            match fresh.last_mut() {
                _ if !seen.insert(anchor.hash) => {}
                Some((_, before)) if *before == anchor.at => *before = end,
                _ => fresh.push((anchor.at, end)),
            }
        }
        Core { channel, from: anchors.first().map_or(last, |anchor| anchor.at), to: last, fresh }
    }

    fn repeats_itself(&self) -> bool {
        self.fresh != [(self.from, self.to)]
    }
}

/// A stretch that counts.
struct Grown {
    /// Samples before the first anchor.
    before: usize,
    length: usize,
}

impl Grown {
    fn of(core: &Core, first: &Around, second: &Around) -> Option<Grown> {
        let alike = |(a, b): &(&f64, &f64)| a.to_bits() == b.to_bits();
        let before = first.before.iter().rev().zip(second.before.iter().rev()).take_while(alike).count();
        let after = first.after.iter().zip(&second.after).take_while(alike).count();
        let length = before + core.to - core.from + after;
        let (mut fresh, mut said) =
            (core.fresh.iter().map(|(from, to)| to - from).sum::<usize>(), first.bits);
        if !core.repeats_itself() {
            let edges = [&first.before[first.before.len() - before..], &first.after[..after]];
            said += edges.map(|edge| bits(edge, ENOUGH)).iter().sum::<f64>();
            fresh = length;
        }
        (fresh >= SHORTEST && said >= ENOUGH).then_some(Grown { before, length })
    }
}

/// The channels of a recording that are compared: its own, and further vectors of the file that are as long as a
/// signal (a stray counter is none).
pub(super) fn signals(recording: &RecordingFacts) -> impl Iterator<Item = (usize, &ChannelFacts)> {
    let longest = recording.channels.iter().map(|channel| channel.samples).max().unwrap_or(0);
    let is_signal = move |channel: &ChannelFacts| {
        channel.is_telling && (channel.is_channel || 2 * channel.samples >= longest)
    };
    recording.channels.iter().enumerate().filter(move |(_, channel)| is_signal(channel))
}

/// Chains of shared anchors of each pair of channels.
fn chains(recordings: &[RecordingFacts]) -> BTreeMap<(At, At), Vec<Chain>> {
    let mut places = Vec::<(u64, At, usize)>::new();
    for (at, recording) in recordings.iter().enumerate() {
        for (channel, facts) in signals(recording) {
            places
                .extend(facts.anchors.iter().enumerate().map(|(n, anchor)| (anchor.hash, (at, channel), n)));
        }
    }
    places.sort_unstable();
    // the first of each channel is enough: what repeats itself is met there
    places.dedup_by_key(|(hash, at, _)| (*hash, *at));
    let mut found = BTreeMap::<(At, At), Vec<Chain>>::new();
    for alike in places.chunk_by(|a, b| a.0 == b.0) {
        for (n, &(_, one, first)) in alike.iter().enumerate() {
            let reach = if alike.len() <= MOST_ALIKE { alike.len() } else { 1 };
            for &(_, other, second) in alike[n + 1..].iter().take(reach) {
                let [a, b] = [one, other].map(|at| &recordings[at.0].channels[at.1]);
                let whole = (a.samples, a.content) == (b.samples, b.content);
                if one.0 == other.0 || whole {
                    continue;
                }
                let chains = found.entry((one, other)).or_default();
                let known = |chain: &Chain| {
                    (chain.one..chain.one + chain.count).contains(&first)
                        && first - chain.one + chain.other == second
                };
                if !chains.iter().any(known) {
                    chains.push(walk(&a.anchors, &b.anchors, first, second));
                }
            }
        }
    }
    found
}

/// The chain of shared anchors around one of them.
fn walk(a: &[Anchor], b: &[Anchor], first: usize, second: usize) -> Chain {
    let joined = |i: usize, j: usize| match (a.get(i + 1), b.get(j + 1)) {
        (Some(next), Some(other)) => a[i].reaches(next, &b[j], other),
        _ => false,
    };
    let back = (1..=first.min(second)).take_while(|n| joined(first - n, second - n)).count();
    let (one, other) = (first - back, second - back);
    let on = (0..).take_while(|n| joined(first + n, second + n)).count();
    Chain { one, other, count: back + 1 + on }
}
