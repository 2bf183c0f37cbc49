//! `statlog explain`: what a status code, a class of them, or a product's reason means.

use super::config::Layers;
use super::{Exit, Failure, complain, look, output};
use crate::codes::{self, PRODUCTS, Page, Product};
use crate::render::explain::EXPLAINERS;
use crate::report::Text;
use crate::suggest::did_you_mean;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use jiff::tz::TimeZone;

/// Flags of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[arg(help = "Codes (502), classes (5xx), or reasons of a product (UF, H12, sH, 404.13)")]
    #[arg(
        long_help = "Codes (502, 000), classes of codes (5xx, and 1xxx for Cloudflare's errors), or what \
        products write beside the status: HAProxy's termination states (sH), Envoy's response flags \
        (UF), Heroku's codes (H12), sub-statuses of IIS (404.13) and others"
    )]
    #[arg(value_name = "CODE", allow_negative_numbers = true, required_unless_present = "product")]
    words: Vec<String>,

    #[arg(help = "As this product means it; without a CODE, all that is known of the product")]
    #[arg(short, long, value_name = "NAME", value_parser = products(), ignore_case = true)]
    #[arg(hide_possible_values = true)]
    product: Option<String>,

    /// Output format, text or json [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output", default_value = EXPLAINERS[0].name)]
    #[arg(value_parser = PossibleValuesParser::new(EXPLAINERS.iter().map(|it| it.name)))]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    format: String,

    #[command(flatten)]
    look: look::LookArguments,
}

const EXAMPLES: &str = "\
Examples:
  statlog explain 502                  who sends it, why, and what to check
  statlog explain 502 --product nginx  as it is in nginx's logs
  statlog explain 5xx                  all of them, and who made a status
  statlog explain UF H12 sH            reasons of Envoy, Heroku and HAProxy
  statlog explain --product cloudfront all reasons of a product

Exit codes: 0 done, 2 wrong usage, 3 a word that is not known.";

/// The products that can be named, and what else they are called.
fn products() -> PossibleValuesParser {
    let values = PRODUCTS.iter().map(|product| {
        let also = product.also.iter().copied().chain([product.name]);
        PossibleValue::new(product.id).aliases(also.filter(|name| *name != product.id))
    });
    PossibleValuesParser::new(values)
}

/// The command.
pub(super) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let directory = std::env::current_dir().unwrap_or_default();
    let layers = Layers::load(None, |name| std::env::var_os(name), &directory);
    let mut layers = layers.map_err(Failure::usage)?;
    if let Some(color) = &arguments.look.color {
        layers.lay("color", color).map_err(Failure::usage)?;
    }
    let product = arguments.product.as_deref().and_then(Product::find);
    let mut pages = Vec::new();
    let mut unknown = Vec::new();
    for word in arguments.words.iter().map(|word| word.trim()) {
        // A log may have several flags in one field, and a reason may have a comma in it.
        match codes::page(word, product) {
            Some(page) => pages.push(page),
            None => {
                for part in word.split(',').map(str::trim) {
                    match codes::page(part, product) {
                        Some(page) => pages.push(page),
                        None => unknown.push(part),
                    }
                }
            }
        }
    }
    if arguments.words.is_empty() {
        pages.extend(product.map(codes::product_page));
    }
    if !pages.is_empty() {
        output::print(shown(&arguments, &layers, &pages).as_bytes())?;
    }
    for word in &unknown {
        complain(&not_known(word));
    }
    Ok(if unknown.is_empty() { Exit::Done } else { Exit::Input })
}

/// The pages in the format that is asked for.
fn shown(arguments: &Arguments, layers: &Layers, pages: &[Page]) -> String {
    let style = arguments.look.style(layers, false, (TimeZone::UTC, "UTC".into()), 0);
    let explainer = EXPLAINERS.iter().find(|it| it.name == arguments.format);
    let explainer = explainer.expect("clap lets only these names pass");
    (explainer.render)(pages, &style)
}

/// That a word is not known, what is nearest to it, and what is known of any code.
fn not_known(word: &str) -> String {
    let words = codes::words(word);
    let hint = did_you_mean(word, words.iter().map(String::as_str));
    let word_shown = Text::new(word.as_bytes()).visible();
    let general = match word.parse() {
        Ok(code @ 100..600) if word.len() == 3 => {
            // RFC 9110, section 15: a client must understand the class of any code.
            format!("; clients treat it as {}", code / 100 * 100)
        }
        _ => String::new(),
    };
    format!("{word_shown}: not a status code or reason that statlog knows{hint}{general}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_said_with_the_nearest() {
        for (word, expected) in [
            (
                "512",
                "512: not a status code or reason that statlog knows (did you mean '511'?); clients treat it as 500",
            ),
            ("5o2", "5o2: not a status code or reason that statlog knows (did you mean '502'?)"),
            (
                "UMSD",
                "UMSD: not a status code or reason that statlog knows (did you mean 'UMSDR'?)",
            ),
            (
                "OriginTimeot",
                "OriginTimeot: not a status code or reason that statlog knows (did you mean 'OriginTimeout'?)",
            ),
            ("\u{1b}[2J", "\\x1b[2J: not a status code or reason that statlog knows"),
        ] {
            assert_eq!(not_known(word), expected);
        }
    }

    /// What products are called is found by their parser and by the registry alike.
    #[test]
    fn every_name_of_a_product_is_one_product() {
        let command = Arguments::augment_args(clap::Command::new("statlog"));
        for product in PRODUCTS {
            for name in product.also.iter().copied().chain([product.id, product.name]) {
                let found = Product::find(name).map(|found| found.id);
                assert_eq!(found, Some(product.id), "{name}");
                let line = ["statlog", "--product", name];
                let matches = command.clone().try_get_matches_from(line);
                assert!(matches.is_ok(), "{name}");
            }
        }
    }
}
