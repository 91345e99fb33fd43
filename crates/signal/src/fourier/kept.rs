//! Plans of Fourier transforms that were made before, kept for the next user of the same length.
//!
//! A plan of a long transform costs as much as the transform itself, and recordings of a batch are mostly of one length. Plans
//! are shared by all threads; those used longest ago make room once all together are longer than [`MOST_POINTS`].

use std::any::{Any, TypeId};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Points of all plans that are kept: tables of about 100 megabytes at most.
const MOST_POINTS: usize = 1 << 22;

struct Kept {
    /// What it is a plan of: the type of the transform.
    of: TypeId,
    points: usize,
    plan: Box<dyn Any + Send>,
}

/// Kept plans, the one used last at the end.
struct Plans {
    kept: Mutex<VecDeque<Kept>>,
}

static ALL: Plans = Plans::new();

/// The plan `P` for `points`, from those kept or by `make`. Of a type there may be one plan for each number of points.
pub(crate) fn plan<P: Clone + Send + 'static>(points: usize, make: impl FnOnce() -> P) -> P {
    ALL.plan(points, make)
}

impl Plans {
    const fn new() -> Self {
        Self { kept: Mutex::new(VecDeque::new()) }
    }

    fn plan<P: Clone + Send + 'static>(&self, points: usize, make: impl FnOnce() -> P) -> P {
        let of = TypeId::of::<P>();
        let known = |kept: &Kept| kept.points == points && kept.of == of;
        {
            let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = all.iter().position(known).and_then(|place| all.remove(place)) {
                let plan = kept.plan.downcast_ref::<P>().cloned();
                all.push_back(kept);
                if let Some(plan) = plan {
                    return plan;
                }
            }
        }
        // Made without the lock: other lengths need not wait.
        let plan = make();
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if points <= MOST_POINTS && !all.iter().any(known) {
            all.push_back(Kept { of, points, plan: Box::new(plan.clone()) });
            while all.iter().map(|kept| kept.points).sum::<usize>() > MOST_POINTS {
                all.pop_front();
            }
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone)]
    struct Table(Arc<usize>);

    #[test]
    fn a_plan_is_made_once_and_the_oldest_make_room() {
        let plans = Plans::new();
        let mut made = 0;
        let mut table = |points: usize| {
            plans.plan(points, || {
                made += 1;
                Table(Arc::new(points))
            })
        };
        assert_eq!((*table(300).0, *table(300).0), (300, 300));
        assert_eq!((*table(MOST_POINTS).0, *table(300).0), (MOST_POINTS, 300));
        assert_eq!(*table(MOST_POINTS + 1).0, MOST_POINTS + 1);
        assert_eq!(*table(MOST_POINTS + 1).0, MOST_POINTS + 1);
        // 300 was pushed out once, and what is longer than all that is kept is made each time.
        assert_eq!(made, 5);
    }
}
