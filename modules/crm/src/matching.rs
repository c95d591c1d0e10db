//! Names, addresses and numbers in their simplest form, so that two spellings of one
//! thing are equal. Nothing here reads a record.

/// What follows the name of a company and tells nothing of it.
const LEGAL_FORMS: [&str; 34] = [
    "ab",
    "ag",
    "aps",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "eg",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "oy",
    "plc",
    "pty",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "srl",
    "the",
];

/// Where anybody has an address: it does not tell for whom the person works.
const FREE_MAIL: [&str; 16] = [
    "aol.com",
    "fastmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "outlook.com",
    "proton.me",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// Shorter ones are a switchboard's, or nonsense.
const PHONE_DIGITS_MIN: usize = 7;
/// So many digits from the end are compared: prefixes are written in many ways.
const PHONE_DIGITS: usize = 9;
const TAX_ID_CHARACTERS_MIN: usize = 5;
/// A skeleton of fewer consonants fits too many names.
const SKELETON_CHARACTERS_MIN: usize = 3;

/// The words of a name in small letters without accents and dots.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut plain = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            '.' | '\'' | '’' | '`' => {}
            letter if letter.is_alphanumeric() => plain.push_str(&folded(letter)),
            _ => plain.push(' '),
        }
    }
    plain.split_whitespace().map(Into::into).collect()
}

/// The words of a company's name that tell it from others.
pub(crate) fn words_of_company(name: &str) -> Vec<String> {
    let all = words(name);
    let telling = |word: &&String| !LEGAL_FORMS.contains(&word.as_str());
    let told: Vec<String> = all.iter().filter(telling).cloned().collect();
    if told.is_empty() { all } else { told }
}

/// A small letter without its accent.
fn folded(letter: char) -> String {
    let plain = match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        letter => return letter.into(),
    };
    plain.into()
}

/// The words in the order of the alphabet: it does not matter which came first.
pub(crate) fn in_order(words: &[String]) -> String {
    let mut words = words.to_vec();
    words.sort();
    words.join(" ")
}

/// What is left of words without vowels and doubled letters, which are misspelt most.
pub(crate) fn skeleton(words: &[String]) -> Option<String> {
    let mut bones = String::new();
    for letter in in_order(words).chars().filter(|letter| !"aeiouyh ".contains(*letter)) {
        if !bones.ends_with(letter) {
            bones.push(letter);
        }
    }
    (bones.chars().count() >= SKELETON_CHARACTERS_MIN).then_some(bones)
}

/// A tax number without what only separates.
pub(crate) fn tax_id(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    (plain.len() >= TAX_ID_CHARACTERS_MIN).then(|| plain.to_ascii_uppercase())
}

/// The last digits of a telephone number.
pub(crate) fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let from = digits.len().saturating_sub(PHONE_DIGITS);
    (digits.len() >= PHONE_DIGITS_MIN).then(|| digits[from..].into())
}

/// An e-mail address in small letters.
pub(crate) fn email(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    address.contains('@').then_some(address)
}

/// The domain of an e-mail address, where it is a company's own.
pub(crate) fn domain_of_email(text: &str) -> Option<String> {
    let (_, domain) = text.trim().rsplit_once('@')?;
    let domain = domain.to_lowercase();
    (!domain.is_empty() && !FREE_MAIL.contains(&domain.as_str())).then_some(domain)
}

/// The domain of a web address, without `www`.
pub(crate) fn domain_of_website(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let host = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.contains('.').then(|| host.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_words_without_accents_and_dots() {
        assert_eq!(words("Müller & Søn, S.A."), ["muller", "son", "sa"]);
        assert_eq!(words("O'Reilly’s  Straße"), ["oreillys", "strasse"]);
        assert_eq!(words(" - "), [""; 0]);
    }

    #[test]
    fn the_form_of_a_company_tells_nothing_of_it() {
        assert_eq!(words_of_company("Acme Trading Co., Ltd."), ["acme", "trading"]);
        assert_eq!(words_of_company("The Company Ltd"), ["the", "company", "ltd"]);
    }

    #[test]
    fn the_forms_and_domains_are_in_order() {
        assert!(LEGAL_FORMS.is_sorted());
        assert!(FREE_MAIL.is_sorted());
    }

    #[test]
    fn misspelt_vowels_and_doubled_letters_leave_the_skeleton() {
        let of = |name: &str| skeleton(&words_of_company(name));
        assert_eq!(of("Alfreds Futterkiste"), of("Allfred's Futerkieste GmbH"));
        assert_eq!(of("Müller Handel"), of("Handel Mueller"));
        assert_eq!(of("IO"), None);
    }

    #[test]
    fn numbers_are_compared_without_what_separates_them() {
        assert_eq!(tax_id("ATU 123.456-78"), tax_id("atu12345678"));
        assert_eq!(tax_id("12-3"), None);
        assert_eq!(phone("+49 (30) 0074-321"), Some("300074321".into()));
        assert_eq!(phone("0049 30 0074321"), phone("030/0074321"));
        assert_eq!(phone("112"), None);
    }

    #[test]
    fn a_domain_is_found_in_addresses_of_all_kinds() {
        for address in ["https://www.Acme.example/en?x=1", "acme.example", "http://acme.example:80"]
        {
            assert_eq!(domain_of_website(address).as_deref(), Some("acme.example"));
        }
        assert_eq!(domain_of_website("none"), None);
        assert_eq!(domain_of_email("Ann@Acme.example").as_deref(), Some("acme.example"));
        assert_eq!(domain_of_email("ann@gmail.com"), None);
        assert_eq!(email(" Ann@Acme.example ").as_deref(), Some("ann@acme.example"));
        assert_eq!(email("ann"), None);
    }
}
