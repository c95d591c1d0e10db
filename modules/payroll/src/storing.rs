//! The payslips of a run as they are stored: those that are there are changed, new ones
//! are made, and those of nobody any more are deleted.

use std::collections::BTreeMap;

use eerp_sdk::model::Model;
use eerp_sdk::prelude::*;

use crate::making::Made;
use crate::payslips::{Payslip, SlipLine};
use crate::runs::Run;

/// Records that are stored in one go.
const AT_ONCE: usize = 500;

/// Stores the payslips of a run in the place of those that it has.
pub(crate) fn store(run: Ref<Run>, made: Vec<Made>) -> Result<()> {
    let mut there: BTreeMap<Uuid, Record<Payslip>> = BTreeMap::new();
    for slip in db::find::<Payslip>().eq("run_id", run).all()? {
        there.insert(slip.employee_id.uuid(), slip);
    }
    let old_lines = if there.is_empty() { BTreeMap::new() } else { lines_of(run)? };
    let (mut kept, mut new) = (Vec::new(), Vec::new());
    for (slip, lines) in made {
        match there.remove(&slip.employee_id.uuid()) {
            Some(mut record) => {
                *record = slip;
                kept.push((record, lines));
            }
            None => new.push((slip, lines)),
        }
    }
    for slip in there.values() {
        db::delete(slip.id, None)?;
    }
    let changed: Vec<_> = kept.iter().map(|(record, _)| record.clone()).collect();
    update_all(&changed)?;
    // They are of the company of their run, or of none as it is.
    let fresh = |(slip, _): &Made| Record::from(slip.clone()).saying("own_company_id");
    let fresh: Vec<_> = new.iter().map(fresh).collect();
    let created = create_all(&fresh)?;
    let created = created.iter().map(|slip| slip.id).zip(new.into_iter().map(|(_, lines)| lines));
    let kept = kept.into_iter().map(|(slip, lines)| (slip.id, lines));
    store_lines(kept.chain(created), old_lines)
}

/// The lines of a run's payslips, by these.
pub(crate) fn lines_of(run: Ref<Run>) -> Result<BTreeMap<Uuid, Vec<Record<SlipLine>>>> {
    let mut lines: BTreeMap<Uuid, Vec<Record<SlipLine>>> = BTreeMap::new();
    for line in db::find::<SlipLine>().eq("run_id", run).order("position, id").all()? {
        lines.entry(line.payslip_id.uuid()).or_default().push(line);
    }
    Ok(lines)
}

fn store_lines(
    slips: impl Iterator<Item = (Ref<Payslip>, Vec<SlipLine>)>,
    mut there: BTreeMap<Uuid, Vec<Record<SlipLine>>>,
) -> Result<()> {
    let (mut changed, mut new) = (Vec::new(), Vec::new());
    for (slip, lines) in slips {
        let mut old = there.remove(&slip.uuid()).unwrap_or_default().into_iter();
        for line in lines {
            let line = SlipLine { payslip_id: slip, ..line };
            match old.next() {
                Some(mut record) => {
                    *record = line;
                    changed.push(record);
                }
                None => new.push(line),
            }
        }
        for line in old {
            db::delete(line.id, None)?;
        }
    }
    update_all(&changed)?;
    let fresh = |line: SlipLine| Record::from(line).saying("own_company_id");
    let new: Vec<_> = new.into_iter().map(fresh).collect();
    create_all(&new).map(drop)
}

/// Makes records, as many at once as the core takes.
fn create_all<M: Model>(new: &[Record<M>]) -> Result<Vec<Record<M>>> {
    let mut created = Vec::with_capacity(new.len());
    for some in new.chunks(AT_ONCE) {
        created.extend(db::create_records(some)?);
    }
    Ok(created)
}

/// Changes records, as many at once as the core takes.
pub(crate) fn update_all<M: Model>(records: &[Record<M>]) -> Result<()> {
    records.chunks(AT_ONCE).try_for_each(|some| db::update_all(some).map(drop))
}
