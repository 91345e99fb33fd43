//! A GPU that is open, and memory on it.

use std::sync::Arc;

use crate::cuda::Card;
use crate::error::{Error, Result};
#[cfg(feature = "on-host")]
use crate::host::{self, Order};
use crate::launch::{Args, At, Launch};
use crate::moves::fill;
use crate::pinned::{self, Pinned};
use crate::precision::Precision;
use crate::view::View;

/// A GPU. Clones are the same one. What is asked of it is done in order; reading numbers waits for what was asked before.
#[derive(Debug, Clone)]
pub struct Device {
    machine: Machine,
    precision: Precision,
}

#[derive(Debug, Clone)]
enum Machine {
    Card(Arc<Card>),
    #[cfg(feature = "on-host")]
    Host(Order),
}

/// Numbers on a GPU.
#[derive(Debug)]
pub struct Buffer {
    address: u64,
    len: usize,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Card(Arc<Card>),
    #[cfg(feature = "on-host")]
    Host(#[allow(dead_code, reason = "holds the memory that the address is of")] host::Memory),
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match &self.held {
            Held::Card(card) => card.free(self.address),
            #[cfg(feature = "on-host")]
            Held::Host(_) => {}
        }
    }
}

impl Buffer {
    /// How many numbers.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Device {
    /// Whether the driver's library is on this machine at all. Never fails, whatever is installed.
    pub fn has_driver() -> bool {
        Card::has_driver()
    }

    /// How many GPUs the driver knows; 0 where there is no driver.
    pub fn count() -> usize {
        Card::count()
    }

    /// The GPU of this number, as the driver counts; a first kernel has run on it. The driver translates a family of kernels
    /// when one of them is first launched.
    ///
    /// # Errors
    /// No driver, one too old, no GPU of that number, one that is full or busy. Never panics.
    pub fn open(index: usize) -> Result<Self> {
        let device = Self::of(Machine::Card(Arc::new(Card::open(index)?)));
        let tried = device.zeros(1).and_then(|buffer| {
            let at = At { buffer: 0, offset: 0 };
            device.run(&[fill(1, 1, View { at, pitch: 1 }, 2.0)], &[&buffer])?;
            let mut found = [0.0];
            device.download(&buffer, 0, &mut found)?;
            Ok(found[0])
        });
        match tried {
            Ok(2.0) => Ok(device),
            Ok(found) => {
                let reason =
                    format!("a first kernel gave {found} in place of 2: the GPU or its driver is broken");
                Err(Error::Open { reason })
            }
            Err(error) => Err(Error::Open { reason: error.to_string() }),
        }
    }

    /// The processor in place of a GPU: the same kernels, slowly, for tests.
    #[cfg(feature = "on-host")]
    pub fn on_host(order: Order) -> Self {
        Self::of(Machine::Host(order))
    }

    fn of(machine: Machine) -> Self {
        Self { machine, precision: Precision::default() }
    }

    /// The same GPU, which multiplies matrices in this precision where it is asked by way of what is given; others, and one
    /// just opened, do so in `f32`.
    #[must_use]
    pub fn in_precision(&self, precision: Precision) -> Self {
        Self { machine: self.machine.clone(), precision }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match &self.machine {
            Machine::Card(card) => card.name(),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => "the processor in place of a GPU",
        }
    }

    /// Bytes that are free, and all.
    ///
    /// # Errors
    /// The driver's.
    pub fn memory(&self) -> Result<[usize; 2]> {
        match &self.machine {
            Machine::Card(card) => card.memory(),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => Ok([usize::MAX; 2]),
        }
    }

    /// So many zeros.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn zeros(&self, len: usize) -> Result<Buffer> {
        Ok(match &self.machine {
            Machine::Card(card) => {
                Buffer { address: card.zeros(len.max(1))?, len, held: Held::Card(card.clone()) }
            }
            #[cfg(feature = "on-host")]
            Machine::Host(_) => {
                let memory = host::Memory::zeros(len);
                Buffer { address: memory.address(), len, held: Held::Host(memory) }
            }
        })
    }

    /// Numbers to the GPU, from `offset` on, after all that was asked before. Does not wait; the values may change at once.
    ///
    /// # Errors
    /// More than fit; the driver's.
    pub fn upload(&self, to: &Buffer, offset: usize, values: &[f32]) -> Result<()> {
        let address = place(to, offset, values.len(), "numbers to the GPU")?;
        match &self.machine {
            Machine::Card(card) => card.upload(address, values),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => {
                host::upload(address, values);
                Ok(())
            }
        }
    }

    /// Copies numbers to where the GPU fetches them by itself: a thread may do so while another keeps the GPU busy.
    ///
    /// # Errors
    /// Memory of the CPU; the driver's.
    pub fn pinned(&self, values: &[f32]) -> Result<Pinned> {
        let held = match &self.machine {
            Machine::Card(card) => pinned::Held::Card(card.clone(), Some(card.pin(values)?)),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => pinned::Held::Host(values.to_vec()),
        };
        Ok(Pinned::new(values.len(), held))
    }

    /// Pinned numbers to the GPU, from `offset` on, after all that was asked before. Does not wait, nor copy on the CPU.
    ///
    /// # Errors
    /// More than fit; the driver's.
    pub fn upload_pinned(&self, to: &Buffer, offset: usize, values: &Pinned) -> Result<()> {
        let address = place(to, offset, values.len(), "numbers to the GPU")?;
        match &values.held {
            pinned::Held::Card(card, Some(memory)) if self.is(card) => {
                card.send(address, memory, values.len())
            }
            pinned::Held::Card(..) => Err(Error::Refused {
                what: "numbers made ready for a GPU",
                allowed: "sent to that one".to_owned(),
                found: "sent to another".to_owned(),
            }),
            #[cfg(feature = "on-host")]
            pinned::Held::Host(values) => {
                host::upload(address, values);
                Ok(())
            }
        }
    }

    fn is(&self, other: &Arc<Card>) -> bool {
        match &self.machine {
            Machine::Card(card) => Arc::ptr_eq(card, other),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => false,
        }
    }

    /// Numbers from the GPU, from `offset` on. Waits for all that was asked before.
    ///
    /// # Errors
    /// More than there are; the driver's, also for kernels that ran before.
    pub fn download(&self, from: &Buffer, offset: usize, values: &mut [f32]) -> Result<()> {
        let address = place(from, offset, values.len(), "numbers from the GPU")?;
        match &self.machine {
            Machine::Card(card) => card.download(address, values),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => {
                host::download(address, values);
                Ok(())
            }
        }
    }

    /// Asks for launches, one after the other; their places are in `buffers`, by number.
    ///
    /// # Errors
    /// A launch that is too large; the driver's.
    pub fn run(&self, launches: &[Launch], buffers: &[&Buffer]) -> Result<()> {
        match &self.machine {
            Machine::Card(card) => card.bound("a launch")?,
            #[cfg(feature = "on-host")]
            Machine::Host(_) => {}
        }
        for launch in launches {
            let args = args(launch, buffers)?;
            let (kernel, blocks) = (self.precision.of(launch.kernel), launch.blocks);
            match &self.machine {
                Machine::Card(card) => card.launch(kernel, blocks.map(|n| n as u32), args)?,
                #[cfg(feature = "on-host")]
                Machine::Host(order) => host::launch(kernel, blocks, args, *order),
            }
        }
        Ok(())
    }

    /// Waits for all that was asked.
    ///
    /// # Errors
    /// The driver's, for kernels that ran before.
    pub fn wait(&self) -> Result<()> {
        match &self.machine {
            Machine::Card(card) => card.wait(),
            #[cfg(feature = "on-host")]
            Machine::Host(_) => Ok(()),
        }
    }
}

/// The address of a stretch of a buffer.
fn place(buffer: &Buffer, offset: usize, len: usize, what: &str) -> Result<u64> {
    match offset.checked_add(len) {
        Some(end) if end <= buffer.len => Ok(buffer.address + 4 * offset as u64),
        _ => Err(Error::TooLarge { what: format!("{what}: {len} from {offset} on of {}", buffer.len) }),
    }
}

fn args(launch: &Launch, buffers: &[&Buffer]) -> Result<Args> {
    let too_large = |what: &str| Error::TooLarge { what: format!("{what} of {}", launch.kernel.symbol()) };
    let mut args = Args::default();
    let [x, y, z] = launch.blocks;
    let fits = launch.at.len() <= args.at.len()
        && launch.n.len() <= args.n.len()
        && launch.f.len() <= args.f.len()
        && (1..=i32::MAX as usize).contains(&x)
        && (1..=65_535).contains(&y)
        && (1..=65_535).contains(&z);
    if !fits {
        return Err(too_large(&format!("the grid {:?}", launch.blocks)));
    }
    for (to, at) in args.at.iter_mut().zip(&launch.at) {
        *to = match buffers.get(usize::from(at.buffer)) {
            Some(buffer) => place(buffer, at.offset, 0, launch.kernel.symbol())?,
            None => 0,
        };
    }
    for (to, n) in args.n.iter_mut().zip(&launch.n) {
        // Words of keys take all 32 bits; what is counted is checked where it is planned.
        *to = u32::try_from(*n).map_err(|_| too_large(&format!("the number {n}")))?.cast_signed();
    }
    args.f[..launch.f.len()].copy_from_slice(&launch.f);
    Ok(args)
}
