//! Speed, angle and order: everything that follows the shaft.
