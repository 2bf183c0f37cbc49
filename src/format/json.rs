//! One JSON object a line.
//!
//! The scanner knows which keys are wanted and where they usually stand: it compares the next key
//! with the one that came next in the sample, and passes values that nobody wants without parsing
//! them. `serde_json` into a borrowed struct does 1.1 GB/s on a core for 13 keys in 535 bytes, as
//! it parses every value.
//!
//! Hand-made templates break JSON in a few ways that say clearly what was meant. They are read, and
//! the record says so (`recovered`): nginx's and Apache's own escapes (`\x22`, `\v`), values
//! without quotes that are nothing, `-`, a status of `000` or a list (`"urt":0.001, 0.002`), half
//! of a surrogate pair. Bytes that are no UTF-8 are fine: nginx writes them.

pub(super) mod scan;

use super::field::Field;
use super::keyed::{Fields, Mapping, NO_SLOT, Path, Required, Values, Wishes, alias};
use super::{Product, Scratch};
use crate::record::{Record, Reject};
use crate::time::{SECOND, is_of_a_log};
use bumpalo::Bump;
use scan::{Cursor, Literal, MAX_DEPTH, Scalar};

/// Reads JSON lines by a mapping.
#[derive(Clone, Debug)]
pub struct Json {
    mapping: Mapping,
    required: Required,
    end: End,
    /// The day and the time of day have keys of their own.
    dated: bool,
    /// The objects in which keys are known; the first is the top one.
    objects: Vec<Vec<Entry>>,
}

/// What becomes of the latency at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It is what was read.
    AsRead,
    /// It is a sum of so many values, or unknown.
    Sum(u8),
    /// What was read is the end of the request.
    Difference,
}

/// A known key of an object.
#[derive(Clone, Debug)]
struct Entry {
    key: Box<[u8]>,
    /// The key as it usually stands in a line, with its quotes and the colon. `None` when it holds
    /// bytes that JSON escapes.
    written: Option<Literal>,
    slot: u8,
    /// Lists of upstream attempts may lack their quotes.
    list: bool,
    /// The place in `objects` of the object that is its value.
    child: Option<usize>,
    /// That object may be written as a string.
    twice: bool,
}

impl Json {
    /// A reader for this mapping.
    pub fn new(mapping: Mapping) -> Self {
        let mut objects = vec![Vec::new()];
        for path in &mapping.order {
            place(&mut objects, path);
        }
        for (slot, key) in mapping.slots() {
            let Some((object, at)) = place(&mut objects, &key.path) else { continue };
            let entry = &mut objects[object][at];
            entry.list = matches!(
                key.field,
                Field::UpstreamAddress
                    | Field::UpstreamStatus
                    | Field::UpstreamOther
                    | Field::UpstreamDuration { .. }
                    | Field::Connect { .. }
                    | Field::Header { .. }
            );
            if key.field != Field::UpstreamOther {
                entry.slot = slot;
            }
        }
        let count = |is: fn(&Field) -> bool| {
            mapping.slots().filter(|(_, key)| is(&key.field)).count() as u8
        };
        let end = match count(|field| matches!(field, Field::Part { .. })) {
            0 if count(|field| matches!(field, Field::End(_))) > 0 => End::Difference,
            0 => End::AsRead,
            parts => End::Sum(parts),
        };
        let dated = count(|field| matches!(field, Field::Clock)) > 0;
        Self { required: mapping.required(), end, dated, mapping, objects }
    }

    /// The mapping for these sample lines, see [`Mapping::learn`]. Lines that are no JSON objects
    /// are passed over.
    pub fn learn(lines: &[&[u8]], wishes: Wishes<'_>) -> Mapping {
        let sample: Vec<Fields> = lines.iter().filter_map(|line| fields(line).ok()).collect();
        Mapping::learn(&sample, wishes)
    }

    /// A reader for a line that stands alone, with the product that writes such lines: by the names
    /// of its keys only, so that it also reads other lines with the same keys. A time may have any
    /// shape, a duration is read only if its name fixes the unit. `None` when the line is no JSON
    /// object, or no key says what the response was.
    pub fn of_names(line: &[u8]) -> Option<(Product, Self)> {
        // Not one of them may tell: a line is read the same whichever line came before it.
        let named = |(path, _)| (path, Some(b"200".to_vec()));
        let sample = [fields(line).ok()?.into_iter().map(named).collect::<Fields>()];
        let wishes = Wishes { names_only: true, ..Wishes::of(alias::JSON) };
        let mapping = Mapping::learn(&sample, wishes);
        mapping.has_status().then(|| (mapping.product, Self::new(mapping)))
    }

    /// The mapping that it reads by.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Reads one line, without its line break, into a record that is still empty. Strings with
    /// escapes are unescaped into the arena, all others are borrowed from the line. Of a key that is
    /// there twice the last value counts.
    ///
    /// Errors: [`Reject::Truncated`] when the line ends before its object,
    /// [`Reject::MissingField`] when it lacks the status, or, where no key of it is known, a
    /// request, [`Reject::Json`] when it is no object; or what [`Field::set`] says of a value.
    /// Values that are not wanted are not checked within.
    pub fn parse<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a Scratch,
        record: &mut Record<'a>,
    ) -> Result<(), Reject> {
        let mut values = Values::new(&self.mapping, scratch, record);
        let recovered = self.walk(line, &scratch.arena, &mut values)?;
        values.end(self.required, |values| self.walk(line, &scratch.arena, values).map(|_| ()))?;
        record.recovered = recovered;
        if self.end != End::AsRead || self.dated {
            self.complete(record)?;
        }
        Ok(())
    }

    /// Completes what several keys say together.
    fn complete(&self, record: &mut Record<'_>) -> Result<(), Reject> {
        /// A time of day without its day.
        const DAY: i64 = 86_400 * SECOND;
        match self.end {
            End::Sum(parts) if record.parts != parts => record.duration = None,
            End::Difference => {
                let end = record.duration.and_then(|end| i64::try_from(end).ok());
                let took = end.zip(record.time).map(|(end, start)| end - start);
                record.duration = took.and_then(|took| u64::try_from(took).ok());
            }
            End::AsRead | End::Sum(_) => {}
        }
        if self.dated && record.time.is_some_and(|time| time < DAY || !is_of_a_log(time)) {
            return Err(Reject::Time);
        }
        Ok(())
    }

    /// Puts the values of a line; whether it was read leniently.
    fn walk<'a>(
        &self,
        line: &'a [u8],
        arena: &'a Bump,
        values: &mut Values<'_, 'a>,
    ) -> Result<bool, Reject> {
        let mut cursor = Cursor::new(line);
        cursor.white();
        if cursor.next() != Ok(b'{') {
            return Err(Reject::Json);
        }
        let mut walk = Walk { objects: &self.objects, cursor, values, arena };
        walk.object(0, 1)?;
        if !walk.cursor.at_end() {
            return Err(Reject::Json);
        }
        Ok(walk.cursor.recovered)
    }
}

/// The object and the place in it of a path, which are made if they are not there.
fn place(objects: &mut Vec<Vec<Entry>>, path: &Path) -> Option<(usize, usize)> {
    let mut object = 0;
    let mut keys = path.keys().peekable();
    while let Some(key) = keys.next() {
        let found = objects[object].iter().position(|entry| *entry.key == *key);
        let at = found.unwrap_or_else(|| {
            objects[object].push(Entry::new(key));
            objects[object].len() - 1
        });
        if keys.peek().is_none() {
            return Some((object, at));
        }
        object = objects[object][at].child.unwrap_or_else(|| {
            objects.push(Vec::new());
            let child = objects.len() - 1;
            objects[object][at].child = Some(child);
            child
        });
    }
    None
}

impl Entry {
    fn new(key: &[u8]) -> Self {
        let escaped = key.iter().any(|b| matches!(b, b'"' | b'\\'));
        let written = (!escaped).then(|| Literal::new([b"\"", key, b"\":"].concat()));
        let twice = alias::is_encoded_twice(key);
        Self { key: key.into(), written, slot: NO_SLOT, list: false, child: None, twice }
    }
}

/// The way through one line.
struct Walk<'w, 'v, 'a> {
    objects: &'w [Vec<Entry>],
    cursor: Cursor<'a>,
    values: &'w mut Values<'v, 'a>,
    arena: &'a Bump,
}

impl<'w, 'a> Walk<'w, '_, 'a> {
    /// Reads the rest of an object whose `{` was taken. `depth` objects and arrays are open. It
    /// calls itself only for objects of the mapping, whose depth is bounded.
    fn object(&mut self, object: usize, depth: u32) -> Result<(), Reject> {
        let entries = &self.objects[object];
        let mut expected = 0;
        self.cursor.white();
        if self.cursor.peek()? == b'}' {
            return self.cursor.expect(b'}');
        }
        loop {
            let entry = match entries.get(expected) {
                Some(entry) if entry.written.as_ref().is_some_and(|key| self.cursor.take(key)) => {
                    expected += 1;
                    Some(entry)
                }
                _ => self.other_key(entries, &mut expected)?,
            };
            match (self.cursor.ahead()?, entry) {
                (b'"', Some(Entry { child: Some(child), twice: true, .. })) => {
                    self.nested(*child, depth)?;
                }
                (b'"', entry) => self.string(entry.map_or(NO_SLOT, |entry| entry.slot))?,
                (_, Some(entry))
                    if entry.slot != NO_SLOT || entry.child.is_some() || entry.list =>
                {
                    self.value(entry, entry.list, depth)?;
                }
                _ => self.cursor.skip(depth)?,
            }
            match self.cursor.token()? {
                b',' => self.cursor.white(),
                b'}' => return Ok(()),
                _ => return Err(Reject::Json),
            }
        }
    }

    /// Finds a key that is not the expected one. Keys that lack in a line are passed over from
    /// where the last one was found.
    fn other_key(
        &mut self,
        entries: &'w [Entry],
        expected: &mut usize,
    ) -> Result<Option<&'w Entry>, Reject> {
        self.cursor.expect(b'"')?;
        let text = self.cursor.string()?;
        let key = self.cursor.value(&text, self.arena)?;
        self.cursor.white();
        self.cursor.expect(b':')?;
        let (before, after) = entries.split_at((*expected).min(entries.len()));
        let same = |entry: &Entry| *entry.key == *key;
        let found = match after.iter().position(same) {
            Some(at) => Some(before.len() + at),
            None => before.iter().position(same),
        };
        Ok(found.map(|at| {
            *expected = at + 1;
            &entries[at]
        }))
    }

    /// Reads a string for a slot.
    #[inline(always)]
    fn string(&mut self, slot: u8) -> Result<(), Reject> {
        self.cursor.expect(b'"')?;
        let text = self.cursor.string()?;
        if slot != NO_SLOT {
            let value = self.cursor.value(&text, self.arena)?;
            self.values.put(slot, Some(value));
        }
        Ok(())
    }

    /// Reads a string for an object of the mapping: an object that was written as a string. To know
    /// it by a slot of its own instead of by its object cost 90 instructions more for a line of 13
    /// keys.
    #[cold]
    fn nested(&mut self, child: usize, depth: u32) -> Result<(), Reject> {
        self.cursor.expect(b'"')?;
        let text = self.cursor.string()?;
        let value = self.cursor.value(&text, self.arena)?;
        if !value.starts_with(b"{") || depth >= MAX_DEPTH {
            return Ok(());
        }
        let outer = std::mem::replace(&mut self.cursor, Cursor::new(value));
        self.cursor.expect(b'{')?;
        self.object(child, depth + 1)?;
        let inner = std::mem::replace(&mut self.cursor, outer);
        self.cursor.recovered |= inner.recovered;
        Ok(())
    }

    /// Reads a value that is wanted, or that may be a bare `list`. It calls itself for the first
    /// element of an array, at most [`MAX_DEPTH`] deep.
    fn value(&mut self, entry: &Entry, list: bool, depth: u32) -> Result<(), Reject> {
        match self.cursor.peek()? {
            b'"' => self.string(entry.slot)?,
            b'{' => match entry.child {
                Some(child) if depth < MAX_DEPTH => {
                    self.cursor.expect(b'{')?;
                    self.object(child, depth + 1)?;
                }
                _ => self.cursor.skip(depth)?,
            },
            b'[' if depth < MAX_DEPTH => {
                self.cursor.expect(b'[')?;
                self.cursor.white();
                if self.cursor.peek()? == b']' {
                    return self.cursor.expect(b']');
                }
                // In an array the comma separates its elements, so none of them is a bare list.
                self.value(entry, false, depth + 1)?;
                match self.cursor.token()? {
                    b']' => {}
                    b',' => self.cursor.skip_open(b'[', depth)?,
                    _ => return Err(Reject::Json),
                }
            }
            b'[' => self.cursor.skip(depth)?,
            _ => {
                let scalar = if list { self.cursor.list()? } else { self.cursor.scalar()? };
                let value = match scalar {
                    Scalar::Null => None,
                    Scalar::Plain(text) => Some(text),
                    Scalar::Exponent(_) if entry.slot == NO_SLOT => return Ok(()),
                    Scalar::Exponent(number) => Some(scan::written_out(number, self.arena)?),
                };
                self.values.put(entry.slot, value);
            }
        }
        Ok(())
    }
}

/// The values of one line with their paths: for learning a mapping and for showing a line field by
/// field. Of an array the first element is taken. Errors as [`Json::parse`] does.
pub fn fields(line: &[u8]) -> Result<Fields, Reject> {
    let arena = Bump::new();
    let mut cursor = Cursor::new(line);
    cursor.white();
    if cursor.peek() != Ok(b'{') {
        return Err(Reject::Json);
    }
    let mut found = Fields::new();
    collect(&mut cursor, &mut Vec::new(), false, &mut found, &arena, 0)?;
    if cursor.at_end() { Ok(found) } else { Err(Reject::Json) }
}

fn collect<'a>(
    cursor: &mut Cursor<'a>,
    keys: &mut Vec<&'a [u8]>,
    list: bool,
    found: &mut Fields,
    arena: &'a Bump,
    depth: u32,
) -> Result<(), Reject> {
    match cursor.peek()? {
        b'{' | b'[' if depth >= MAX_DEPTH => Err(Reject::Json),
        b'"' => {
            cursor.expect(b'"')?;
            let text = cursor.string()?;
            let value = cursor.value(&text, arena)?;
            if value.starts_with(b"{")
                && keys.last().is_some_and(|key| alias::is_encoded_twice(key))
            {
                let before = found.len();
                let mut inner = Cursor::new(value);
                if collect(&mut inner, keys, false, found, arena, depth + 1).is_ok()
                    && inner.at_end()
                {
                    return Ok(());
                }
                found.truncate(before);
            }
            found.push((Path::new(keys.iter().copied()), Some(value.to_vec())));
            Ok(())
        }
        b'{' => {
            cursor.expect(b'{')?;
            cursor.white();
            if cursor.peek()? == b'}' {
                return cursor.expect(b'}');
            }
            loop {
                cursor.expect(b'"')?;
                let text = cursor.string()?;
                keys.push(cursor.value(&text, arena)?);
                cursor.white();
                cursor.expect(b':')?;
                cursor.white();
                // The mapping of `parse` is not there yet: names alone tell what may be a bare list.
                let list = keys.last().is_some_and(|key| alias::may_be_list(key));
                collect(cursor, keys, list, found, arena, depth + 1)?;
                keys.pop();
                match cursor.token()? {
                    b',' => cursor.white(),
                    b'}' => return Ok(()),
                    _ => return Err(Reject::Json),
                }
            }
        }
        b'[' => {
            cursor.expect(b'[')?;
            cursor.white();
            if cursor.peek()? == b']' {
                return cursor.expect(b']');
            }
            collect(cursor, keys, false, found, arena, depth + 1)?;
            match cursor.token()? {
                b']' => Ok(()),
                b',' => cursor.skip_open(b'[', depth),
                _ => Err(Reject::Json),
            }
        }
        _ => {
            let value = match if list { cursor.list()? } else { cursor.scalar()? } {
                Scalar::Null => None,
                Scalar::Plain(text) => Some(text.to_vec()),
                Scalar::Exponent(number) => Some(scan::written_out(number, arena)?.to_vec()),
            };
            found.push((Path::new(keys.iter().copied()), value));
            Ok(())
        }
    }
}

#[cfg(test)]
mod products;
#[cfg(test)]
mod tests;
