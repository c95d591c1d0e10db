//! Binary fields, which travel as base64.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The content of a `bytea` column; base64 with padding in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes as base64 with padding.
    pub fn to_base64(&self) -> String {
        let mut text = String::with_capacity(self.0.len().div_ceil(3) * 4);
        for chunk in self.0.chunks(3) {
            let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            for place in 0..4 {
                let sextet = (bits >> (18 - 6 * place)) & 63;
                let padding = place > chunk.len();
                text.push(if padding { '=' } else { ALPHABET[sextet as usize] as char });
            }
        }
        text
    }

    /// The bytes that this base64 text spells; nothing when it is not base64.
    pub fn from_base64(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches('=');
        let padding = text.len() - digits.len();
        if text.len() % 4 != 0 || padding > 2 {
            return None;
        }
        let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
        for chunk in digits.as_bytes().chunks(4) {
            let mut bits = 0;
            for place in 0..4 {
                bits = bits << 6 | chunk.get(place).map_or(Some(0), |c| sextet(*c))?;
            }
            bytes.extend(&bits.to_be_bytes()[1..chunk.len()]);
        }
        Some(Self(bytes))
    }
}

fn sextet(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_reads_back_what_it_writes() {
        for length in 0..=66 {
            let bytes = Bytes((0..length).map(|at: u8| at.wrapping_mul(37)).collect());
            assert_eq!(Bytes::from_base64(&bytes.to_base64()), Some(bytes));
        }
    }

    #[test]
    fn the_rfc_examples_hold() {
        for (bytes, text) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("", "")] {
            assert_eq!(Bytes(bytes.into()).to_base64(), text);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["Z", "Zg", "Zg=", "Z===", "Zm9 ", "Zm9_"] {
            assert_eq!(Bytes::from_base64(text), None, "{text}");
        }
    }
}
