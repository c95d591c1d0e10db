//! UUIDs, and references to records, which are UUIDs that know their model.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A 128-bit identifier, written `018f3c1e-...` with lower-case digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

/// Text that is not a UUID in the usual form of 36 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUuid;

const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl Uuid {
    /// The identifier that these 16 bytes spell.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for Uuid {
    type Err = NotUuid;

    fn from_str(text: &str) -> Result<Self, NotUuid> {
        let text = text.as_bytes();
        if text.len() != 36 || HYPHENS.iter().any(|&at| text[at] != b'-') {
            return Err(NotUuid);
        }
        let mut digits = text.iter().filter(|&&c| c != b'-').copied();
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = (hex(digits.next())? << 4) | hex(digits.next())?;
        }
        match digits.next() {
            None => Ok(Self(bytes)),
            Some(_) => Err(NotUuid),
        }
    }
}

fn hex(digit: Option<u8>) -> Result<u8, NotUuid> {
    match digit {
        Some(c @ b'0'..=b'9') => Ok(c - b'0'),
        Some(c @ b'a'..=b'f') => Ok(c - b'a' + 10),
        Some(c @ b'A'..=b'F') => Ok(c - b'A' + 10),
        _ => Err(NotUuid),
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                out.write_str("-")?;
            }
            write!(out, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// What a [`Ref`] may point to: a model of this module or of one in `depends`.
pub trait Referenced {
    /// The module that owns the model; empty for the module being written.
    const MODULE: &'static str;
    /// The model's table.
    const TABLE: &'static str;
}

/// The id of a record of `M`: a `uuid` column with a foreign key and an index.
pub struct Ref<M>(Uuid, PhantomData<fn() -> M>);

impl<M> Ref<M> {
    /// A reference to the record with this id.
    pub const fn new(id: Uuid) -> Self {
        Self(id, PhantomData)
    }

    /// The id without its model.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<M> FromStr for Ref<M> {
    type Err = NotUuid;

    fn from_str(text: &str) -> Result<Self, NotUuid> {
        text.parse().map(Self::new)
    }
}

impl<M> From<Uuid> for Ref<M> {
    fn from(id: Uuid) -> Self {
        Self::new(id)
    }
}

impl<M> From<Ref<M>> for Uuid {
    fn from(reference: Ref<M>) -> Self {
        reference.0
    }
}

// Derived implementations would ask the same of `M`, which is never held.
impl<M> Clone for Ref<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Ref<M> {}

impl<M> Default for Ref<M> {
    fn default() -> Self {
        Self::new(Uuid::default())
    }
}

impl<M> PartialEq for Ref<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<M> Eq for Ref<M> {}

impl<M> fmt::Display for Ref<M> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl<M> fmt::Debug for Ref<M> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_reads_back_what_it_writes() {
        let text = "018f3c1e-7a2b-7c3d-8e4f-0123456789ab";
        assert_eq!(text.parse::<Uuid>().map(|id| id.to_string()), Ok(text.into()));
    }

    #[test]
    fn upper_case_is_read_and_written_lower() {
        let id: Result<Uuid, _> = "018F3C1E-7A2B-7C3D-8E4F-0123456789AB".parse();
        assert_eq!(
            id.map(|id| id.to_string()).as_deref(),
            Ok("018f3c1e-7a2b-7c3d-8e4f-0123456789ab")
        );
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "018f3c1e7a2b7c3d8e4f0123456789ab",
            "{018f3c1e-7a2b-7c3d-8e4f-0123456789ab}",
            "018f3c1e-7a2b-7c3d-8e4f-0123456789ag",
            "018f3c1e-7a2b-7c3d-8e4f--123456789ab",
            "018f3c1e-7a2b-7c3d-8e4f-0123456789abc",
            "é18f3c1e-7a2b-7c3d-8e4f-0123456789a",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(NotUuid), "{text}");
        }
    }
}
