//! XML as a tree of what it says: names without namespaces, and texts. What it defines by
//! itself is refused, so nothing grows, and so is what lies too deep.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, escape};

use super::parsed::Faults;

/// The elements that may lie within each other.
const DEPTH_MAX: usize = 64;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The outermost element of a document.
    ///
    /// # Errors
    /// The fault for which it is none that is read here.
    pub(crate) fn parse(content: &str) -> Result<Self, Faults> {
        let fault = |what: &str| Faults::one("xml", format!("The file is no XML: {what}."));
        let mut reader = Reader::from_str(content.trim_start());
        // Around the outermost element lies one that is none.
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().map_err(|error| fault(&error.to_string()))? {
                Event::Start(_) if open.len() > DEPTH_MAX => {
                    return Err(fault("its elements lie too deep within each other"));
                }
                Event::Start(start) => open.push(Self::named(&start)),
                Event::Empty(start) => within(&mut open, Self::named(&start)),
                Event::End(_) => {
                    // The reader has seen to it that each end has its beginning.
                    if let Some(ended) = open.pop() {
                        within(&mut open, ended);
                    }
                }
                Event::Text(text) => say(&mut open, &text.decode().unwrap_or_default()),
                Event::CData(text) => say(&mut open, &text.decode().unwrap_or_default()),
                Event::GeneralRef(name) => {
                    let known = name.decode().ok().and_then(|name| character(&name));
                    say(&mut open, &known.ok_or_else(|| fault("it defines its own entities"))?);
                }
                Event::DocType(_) => return Err(fault("it has a document type")),
                Event::Eof if open.len() > 1 => return Err(fault("it ends too early")),
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
        let outermost = open.pop().and_then(|around| around.children.into_iter().next());
        outermost.ok_or_else(|| fault("it has no element"))
    }

    fn named(start: &BytesStart) -> Self {
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        Self { name, ..Self::default() }
    }

    /// The elements of this name within.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element at the end of a path.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        let first = |element: &'_ Self, name: &&str| {
            element.children.iter().position(|child| child.name == **name)
        };
        let mut here = self;
        for name in path {
            here = &here.children[first(here, name)?];
        }
        Some(here)
    }

    /// What stands in it, without what stands in elements within.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

fn within(open: &mut [Element], element: Element) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(element);
    }
}

fn say(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The character that a reference means: `amp`, `#65`, `#x41`.
fn character(name: &str) -> Option<String> {
    if let Some(known) = escape::resolve_predefined_entity(name) {
        return Some(known.into());
    }
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(content: &str) -> bool {
        Element::parse(content).is_err_and(|faults| faults.0[0].0 == "xml")
    }

    #[test]
    fn a_tree_of_names_and_texts() {
        let document = "<?xml version='1.0'?><!-- x --><n:a xmlns:n='u'><b>1 &lt; <![CDATA[2 & 3]]></b>\
                        <b/><c><d>&#x41;&#66;</d></c></n:a>";
        let tree = Element::parse(document).expect("a tree");
        assert_eq!(tree.all("b").count(), 2);
        assert_eq!(tree.at(&["b"]).map(Element::text), Some("1 < 2 & 3"));
        assert_eq!(tree.at(&["c", "d"]).map(Element::text), Some("AB"));
        assert!(tree.at(&["c", "x"]).is_none());
    }

    #[test]
    fn entities_that_would_grow_without_end_are_refused() {
        assert!(refused("<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>"));
        assert!(refused("<a>&y;</a>"));
    }

    #[test]
    fn what_lies_too_deep_is_refused() {
        assert!(refused(&"<a>".repeat(200_000)));
        assert!(!refused(&("<a>".repeat(DEPTH_MAX) + &"</a>".repeat(DEPTH_MAX))));
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for content in ["", "text", "<a>", "<a></b>", "</a>", "<a", "<a>&#xD800;</a>"] {
            assert!(refused(content), "{content}");
        }
    }
}
