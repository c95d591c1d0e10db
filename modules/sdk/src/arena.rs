//! The allocator of a module: a static arena first, the usual heap after it.
//!
//! An instance lives for one request and most requests need little memory. The
//! arena is there from the beginning, so such a request never has to grow its
//! memory, which costs the host more than all else that a small handler does. What
//! is freed in the arena is not used again, save the last piece; the heap behind it
//! is Rust's own, so long work is bounded by what it holds and not by what it held.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};

const ARENA_BYTES: usize = 256 * 1024;

#[repr(align(16))]
struct Room(UnsafeCell<[u8; ARENA_BYTES]>);

/// See the module's own words. The count lies beside the first pieces, so that both
/// are in one page: each page that is touched costs a fresh instance a fault.
#[repr(C)]
pub struct Arena {
    used: Cell<usize>,
    room: Room,
}

// SAFETY: a guest has one thread.
unsafe impl Sync for Arena {}

impl Arena {
    /// An arena of which nothing is used.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { used: Cell::new(0), room: Room(UnsafeCell::new([0; ARENA_BYTES])) }
    }

    fn start(&self) -> *mut u8 {
        self.room.0.get().cast()
    }

    /// The piece for `layout` that begins at or after `from`, if there is room.
    fn fit(&self, from: usize, layout: Layout) -> Option<*mut u8> {
        let base = self.start() as usize;
        let at = (base + from).next_multiple_of(layout.align()) - base;
        let end = at.checked_add(layout.size())?;
        if end > ARENA_BYTES {
            return None;
        }
        self.used.set(end);
        // SAFETY: `at` is within the room.
        Some(unsafe { self.start().add(at) })
    }

    /// Where `piece` begins in the arena; `None` when it lies in the heap.
    fn place(&self, piece: *mut u8) -> Option<usize> {
        let at = (piece as usize).wrapping_sub(self.start() as usize);
        (at < ARENA_BYTES).then_some(at)
    }
}

// SAFETY: pieces of the arena do not overlap, since `used` only goes back over the
// last piece; all others are the system allocator's.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.fit(self.used.get(), layout) {
            Some(piece) => piece,
            // SAFETY: the caller's layout is passed on.
            None => unsafe { System.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        match self.place(piece) {
            Some(at) if at + layout.size() == self.used.get() => self.used.set(at),
            Some(_) => {}
            // SAFETY: it is not of the arena, so the system gave it.
            None => unsafe { System.dealloc(piece, layout) },
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(at) = self.place(piece) else {
            // SAFETY: it is not of the arena, so the system gave it.
            return unsafe { System.realloc(piece, layout, size) };
        };
        // SAFETY: the caller promises that `size` is sound for this alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if at + layout.size() == self.used.get() && self.fit(at, wanted).is_some() {
            return piece;
        }
        // SAFETY: a new piece never overlaps a live one, and both have that length.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(piece, layout.size().min(size));
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).expect("a sound layout")
    }

    #[test]
    fn pieces_are_aligned_and_do_not_overlap() {
        let arena = Arena::new();
        // SAFETY: every piece is written within its layout.
        unsafe {
            let first = arena.alloc(layout(3));
            let second = arena.alloc(layout(8));
            assert_eq!(second as usize % 8, 0);
            assert!(second as usize >= first as usize + 3);
        }
    }

    #[test]
    fn the_last_piece_grows_where_it_is_and_is_given_back() {
        let arena = Arena::new();
        // SAFETY: the piece is written within its layout.
        unsafe {
            let piece = arena.alloc(layout(8));
            piece.write_bytes(7, 8);
            let grown = arena.realloc(piece, layout(8), 4096);
            assert_eq!(grown, piece);
            arena.dealloc(grown, layout(4096));
            assert_eq!(arena.used.get(), 0);
        }
    }

    #[test]
    fn an_older_piece_moves_with_its_content() {
        let arena = Arena::new();
        // SAFETY: every piece is read and written within its layout.
        unsafe {
            let old = arena.alloc(layout(8));
            old.write_bytes(7, 8);
            arena.alloc(layout(8));
            let moved = arena.realloc(old, layout(8), 16);
            assert_ne!(moved, old);
            assert_eq!(*moved.add(7), 7);
        }
    }

    #[test]
    fn what_does_not_fit_comes_from_the_heap_and_goes_back_there() {
        let arena = Arena::new();
        // SAFETY: the piece is freed with the layout of its last size.
        unsafe {
            let large = arena.alloc(layout(ARENA_BYTES + 1));
            assert!(arena.place(large).is_none());
            let larger = arena.realloc(large, layout(ARENA_BYTES + 1), 2 * ARENA_BYTES);
            assert!(arena.place(larger).is_none());
            arena.dealloc(larger, layout(2 * ARENA_BYTES));
            assert_eq!(arena.used.get(), 0);
        }
    }
}
