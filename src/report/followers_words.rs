//! The report about a list of followers: its words, plots and tables.

use super::clusters::{Group, Sort};
use super::document::{
    Cell, Document, Section, Table, between, count, decimal, interval, of_them, percent, share, words,
};
use super::followers::{Distribution, FollowersReport, Named, Snapshot, is_id};
use super::plot::{Bar, Column, Look, Plot, Shape, Unit};
use crate::model::Band;
use crate::screen::Kind;
use crate::screen::churn::{Compared, share_interval};
use crate::words::counted;

/// Columns of a plot over time, at most.
const MOST_COLUMNS: usize = 60;

impl FollowersReport {
    /// The report as words, plots and tables.
    pub fn document(&self) -> Document {
        Document {
            title: format!("Followers: {}", file_name(&self.file)),
            about: vec![
                "What stands in this report are suggestions and counts, no verdicts. A score orders a list for a person to \
                 look through; a person wrongly called a bot is the costly mistake. Nothing here ranks anybody."
                    .into(),
            ],
            facts: self.facts(),
            sections: vec![
                self.bands_section(),
                self.kinds_section(),
                self.age_section(),
                self.activity_section(),
                self.languages_section(),
                self.created_section(),
                self.came_section(),
                self.along_section(),
                self.alike_section(),
                self.growth_section(),
                self.churn_section(),
                self.reciprocity_section(),
                self.counts_section(),
                self.reading_section(),
            ],
        }
    }

    fn readable(&self) -> u64 {
        self.rows - self.damaged
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("list", self.file.clone())];
        facts.push((
            "accounts",
            format!(
                "{}{}",
                of_them(self.rows, "row"),
                if self.damaged > 0 {
                    format!(", of which {} could not be read", counted(self.damaged))
                } else {
                    String::new()
                }
            ),
        ));
        match (&self.as_of, &self.observed) {
            (Some(as_of), Some((first, last))) if first != last => {
                facts.push(("as of", format!("{as_of} (counts taken from {first} to {last})")));
            }
            (Some(as_of), _) => facts.push(("as of", as_of.clone())),
            (None, _) => {
                facts.push(("as of", "not known: the file does not say when its counts were true".into()))
            }
        }
        facts.push((
            "model",
            format!(
                "{} ({}), {} features; p_bot meant where {} are bots",
                self.model.name,
                self.model.written_by,
                self.model.features,
                percent(self.model.prevalence)
            ),
        ));
        facts.push(("bands", self.model.bands.clone()));
        facts.push(("written by", self.written_by.clone()));
        facts
    }

    /// Are all accounts of networks on which the rule for purchased followers is not used?
    fn all_elsewhere(&self) -> bool {
        self.on_other_networks > 0 && self.on_other_networks == self.readable()
    }

    fn bands_section(&self) -> Section {
        let mut section = Section::new("bands", "Where the accounts stand");
        section.say(
            "The band of an account is what the model suggests after looking at its profile. Intervals say what chance does \
             to a share in a list of this size; they do not know how well the model fits this list.",
        );
        if let Some(unlike) = &self.unlike_training {
            section.say(format!("Careful: this list is {}.", unlike.replace('`', "")));
        }
        if self.model.spam_needs_evidence && self.all_elsewhere() {
            section.say(
                "Nobody on this list can be in the spam band: it asks for the shape of followers on sale, a rule that was \
                 measured on X alone and is not used on other networks.",
            );
        }
        let mut numbers =
            Table::new("Accounts in each band", ["band", "meaning", "accounts", "share", "95 % interval"]);
        let mut bars = Vec::new();
        for band in &self.bands {
            let rate = band.share;
            numbers.row([
                words(band.band.name()),
                words(meaning(band.band)),
                count(band.accounts),
                share(rate.map(|r| r.value)),
                interval(rate.map(|r| (r.lo, r.hi))),
            ]);
            bars.push(Bar {
                label: format!("{}: {}", band.band.name(), short_meaning(band.band)),
                value: rate.map_or(0.0, |r| r.value),
                interval: rate.map(|r| (r.lo, r.hi)),
                note: format!("{} · {}", counted(band.accounts), percent(rate.map_or(0.0, |r| r.value))),
                look: look_of(band.band),
            });
        }
        numbers.row([
            words("(none)"),
            words("could not be read"),
            count(self.damaged),
            Cell::Number("–".into()),
            Cell::Number("–".into()),
        ]);
        let told: Vec<String> = self
            .bands
            .iter()
            .map(|b| {
                format!(
                    "{} {} ({})",
                    b.band.name(),
                    counted(b.accounts),
                    percent(b.share.map_or(0.0, |r| r.value))
                )
            })
            .collect();
        section.plots(vec![Plot {
            title: format!("Bands of {}", of_them(self.readable(), "account")),
            alt: format!("A bar for each band with its 95 % interval: {}.", told.join(", ")),
            x: "share of the accounts that could be read".into(),
            y: "band".into(),
            shape: Shape::Bars { rows: bars, unit: Unit::Share },
            numbers,
        }]);
        let bots = &self.share_of_bots;
        match (bots.value, bots.interval, bots.level, bots.families) {
            (Some(value), Some((lo, hi)), Some(level), Some(families)) => section.say(format!(
                "Share of bots on this list: about {} ({} interval {}, from {families} families of sources the model had \
                 not seen). It is an estimate for the whole list and says nothing of any one account.",
                percent(value),
                percent(level),
                between(lo, hi)
            )),
            _ => section.missing(format!(
                "the share of bots on this list cannot be told: {}. The bands above are a queue to look through, not a count \
                 of bots.",
                bots.why_not.as_deref().unwrap_or("nothing is known")
            )),
        }
        section
    }

    fn kinds_section(&self) -> Section {
        let mut section = Section::new("kinds", "What there is to see, whatever the score");
        section.say(
            "A kind is a fact of the profile that anyone can check, beside the score. Inactive is apart from fake: most \
             inactive accounts are people who stopped posting. An account has one main kind, the first of this order that \
             holds for it.",
        );
        let name = |kind: Option<Kind>| kind.map_or("nothing of these", Kind::name);
        let mut numbers = Table::new(
            "Main kind of each account, by band",
            ["kind", "accounts", "genuine", "look", "spam", "pending", "holds for"],
        );
        let mut simple = Table::new("Accounts by their main kind", ["kind", "accounts", "share"]);
        let mut bars = Vec::new();
        for kind in &self.kinds {
            let mut row = vec![words(name(kind.kind)), count(kind.accounts)];
            row.extend(kind.bands.map(count));
            row.push(count(kind.holds_for));
            numbers.rows.push(row);
            let value = kind.accounts as f64 / self.readable().max(1) as f64;
            simple.row([words(name(kind.kind)), count(kind.accounts), share(Some(value))]);
            bars.push(Bar {
                label: name(kind.kind).into(),
                value: kind.accounts as f64,
                interval: None,
                note: format!("{} · {}", counted(kind.accounts), percent(value)),
                look: if kind.kind.is_some() { Look::Plain } else { Look::Unknown },
            });
        }
        let mut row = vec![words("could not be read"), count(self.damaged)];
        row.extend((0..5).map(|_| Cell::Number("–".into())));
        numbers.rows.push(row);
        simple.row([words("could not be read"), count(self.damaged), Cell::Number("–".into())]);
        let told: Vec<String> =
            self.kinds.iter().map(|k| format!("{} {}", name(k.kind), counted(k.accounts))).collect();
        section.plots(vec![Plot {
            title: "Main kind of the accounts".into(),
            alt: format!("A bar for each kind: {}.", told.join(", ")),
            x: "accounts".into(),
            y: "kind".into(),
            shape: Shape::Bars { rows: bars, unit: Unit::Count },
            numbers: simple,
        }]);
        section.table(numbers);
        let unseen = self.unseen_kinds();
        if !unseen.is_empty() {
            section.missing(format!(
                "kinds that this file cannot show, whose 0 says nothing: {}.",
                unseen.join("; ")
            ));
        }
        section.say("How often each rule is true of labelled people and bots stands in docs/kinds.md.");
        section
    }

    /// Kinds that no account of the file could be, because it does not tell what they rest on.
    fn unseen_kinds(&self) -> Vec<&'static str> {
        let known = |mark: &str| self.marks.iter().any(|m| m.mark == mark && m.counts[0] + m.counts[1] > 0);
        let none = |kind: Kind| !self.kinds.iter().any(|k| k.kind == Some(kind) && k.holds_for > 0);
        let mut unseen = Vec::new();
        if !known("has a bio") && none(Kind::SpamPromoter) {
            unseen.push("spam promoter (no bios)");
        }
        if self.followers.known() == 0 || self.following.known() == 0 {
            unseen.push("purchased or fake follower (no counts)");
        } else if self.all_elsewhere() {
            unseen.push("purchased or fake follower (the rule was measured on X alone)");
        }
        if self.last_post.known() == 0 && self.posts_a_day.known() == 0 && none(Kind::Inactive) {
            unseen.push("inactive (neither newest posts nor posts and ages)");
        }
        if self.growth.is_none() && none(Kind::Churner) {
            unseen.push("churner (no older snapshots)");
        }
        unseen
    }

    fn age_section(&self) -> Section {
        let mut section = Section::new("ages", "How old the accounts are");
        if self.ages.known() == 0 {
            section.missing(
                "the file does not tell ages: that takes when the accounts were made, and when the counts were true \
                 (a column, or --observed-at DATE).",
            );
            return section;
        }
        if let Some(days) = self.median_age_days {
            section.say(format!("Half of the accounts of known age are {} or older.", age_words(days)));
        }
        let plot = bars("Age of the accounts", "age", ", when the counts were true", &self.ages, "age");
        section.plots(vec![plot]);
        section.say("Young accounts are what newcomers and fresh fakes have in common; age alone tells neither from the other.");
        section
    }

    fn activity_section(&self) -> Section {
        let mut section = Section::new("activity", "How active they are");
        let mut plots = Vec::new();
        if self.posts_a_day.known() > 0 {
            plots.push(bars(
                "Posts a day",
                "posts a day over the life of the account",
                "",
                &self.posts_a_day,
                "rate",
            ));
        } else {
            section.missing("the file does not tell posts and ages: no posts a day.");
        }
        if self.last_post.known() > 0 {
            plots.push(bars(
                "Newest post",
                "time since the newest post",
                "when the counts were true",
                &self.last_post,
                "time",
            ));
        } else {
            section.missing("the file does not tell when the accounts posted last.");
        }
        if !plots.is_empty() {
            section.plots(plots);
        }
        section
    }

    fn languages_section(&self) -> Section {
        let mut section = Section::new("languages", "Languages");
        if self.languages.known() == 0 {
            section.missing("the file has no languages.");
            return section;
        }
        section.say(
            "Language codes as the file has them: of the account or of its interface, by the network's own reckoning.",
        );
        section.plots(vec![bars(
            "Languages",
            "language code",
            "as the file has it",
            &self.languages,
            "language",
        )]);
        section
    }

    fn created_section(&self) -> Section {
        let mut section = Section::new("created", "When they were made");
        section.say("When an account was made is not when it began to follow.");
        if self.created.known() == 0 {
            section.missing("the file does not tell when the accounts were made.");
            return section;
        }
        section.plots(vec![over_time(
            "Accounts made in each",
            "in which the account was made",
            &self.created,
        )]);
        if self.created.unknown > 0 {
            section.say(format!("Not known for {}.", of_them(self.created.unknown, "account")));
        }
        section
    }

    fn came_section(&self) -> Section {
        let mut section = Section::new("came", "When they came, at the earliest");
        let Some(order) = self.order_of_arrival else {
            section.missing(format!(
                "when they began to follow: no export says it, and {}.",
                self.came_untold.unwrap_or("nothing else tells it")
            ));
            return section;
        };
        section.say(format!(
            "No export says when somebody began to follow, but the order of this list does in part: it has the {order}. \
             Nobody follows before the account is made, so who came after somebody came after that account was made too. \
             Each account is counted where the newest account before it was made: it came then or later (Meeder et al. 2011)."
        ));
        section.plots(vec![over_time(
            "When they came at the earliest, by",
            "before which the account did not follow",
            &self.came_not_before,
        )]);
        section
    }

    fn along_section(&self) -> Section {
        let mut section = Section::new("along", "Along the list");
        if self.along.is_empty() {
            section.missing("the list is too short to be looked at in parts: it takes 60 accounts.");
            return section;
        }
        section.say(
            "The list in parts of about as many accounts, from its first row to its last. Most exports have the newest \
             follower first; the file does not say so itself. Followers that came in one delivery stand side by side and \
             show as a part that is unlike its neighbours; so does a day on which many people heard of the account.",
        );
        // Where nobody is in the spam band, the other end tells more.
        let nobody = self.along.iter().all(|part| part.bands[2] == 0);
        let (band, look) = if nobody { (Band::Genuine, Look::Person) } else { (Band::Spam, Look::Bot) };
        if nobody {
            section.say("Nobody is in the spam band, so it is the genuine band that is shown.");
        }
        let mut numbers = Table::new(
            "The list in parts",
            [
                "accounts",
                "genuine",
                "look",
                "spam",
                "pending",
                "share of spam",
                "95 % interval",
                "made, median",
            ],
        );
        let mut columns = Vec::new();
        for part in &self.along {
            let mut row = vec![words(format!("{} to {}", counted(part.from), counted(part.to)))];
            row.extend(part.bands.map(count));
            row.push(share(part.spam.map(|r| r.value)));
            row.push(interval(part.spam.map(|r| (r.lo, r.hi))));
            row.push(words(part.median_created.clone().unwrap_or_else(|| "–".into())));
            numbers.rows.push(row);
            let shown = match band {
                Band::Genuine => share_interval(part.bands[0], part.bands.iter().sum()),
                _ => part.spam,
            };
            columns.push(Column {
                label: counted(part.from),
                value: shown.map_or(0.0, |r| r.value),
                interval: shown.map(|r| (r.lo, r.hi)),
                look,
            });
        }
        let all = self.bands.iter().find(|b| b.band == band).and_then(|b| b.share).map_or(0.0, |r| r.value);
        let least = columns.iter().map(|c| c.value).fold(1.0, f64::min);
        let most = columns.iter().map(|c| c.value).fold(0.0, f64::max);
        section.plots(vec![Plot {
            title: format!("Share of the {} band along the list", band.name()),
            alt: format!(
                "A column for each of {} parts of the list, with its 95 % interval; from {} to {}, {} in the whole list.",
                columns.len(),
                percent(least),
                percent(most),
                percent(all)
            ),
            x: "first account of the part, as the file has them".into(),
            y: format!("share in the {} band", band.name()),
            shape: Shape::Columns { columns, unit: Unit::Share },
            numbers,
        }]);
        section
    }

    fn alike_section(&self) -> Section {
        let mut section = Section::new("alike", "Look-alikes");
        section.say(
            "Accounts that look alike, far beyond what the rest of this list leads one to expect. To look alike is no \
             offence: families, clubs, school classes and the newcomers of one evening do. Nobody is a bot on this ground \
             alone, and no score uses it.",
        );
        let c = &self.clusters;
        group_table(
            &mut section,
            &c.handles,
            "Handles of the same letters with as many digits in the same places",
            "pattern (# is a digit)",
            "Expected: the accounts with these letters, if how many digits a handle has did not depend on its letters \
             (binomial). Chance: how often a random list would have such a group anywhere, at most.",
            "no handles with letters and digits",
            false,
        );
        let (what, unit) =
            if c.dates_only { ("Made on the same day", "day") } else { ("Made in the same hour", "hour") };
        group_table(
            &mut section,
            &c.created,
            what,
            unit,
            "Expected: as many as in the four weeks around, at busy times of the day more, or as in the days next to it, \
             whichever is more (Poisson). Chance: how often a \
             random list would have such a group anywhere, at most.",
            "no times of creation",
            false,
        );
        group_table(
            &mut section,
            &c.bios,
            "The same bio (letter case, digits and links aside)",
            "bio",
            "How many to expect cannot be said: there is no count of how common a bio is elsewhere. Sayings and mottos are \
             shared by many people.",
            "no bios of more than 20 characters",
            true,
        );
        section
    }

    fn growth_section(&self) -> Section {
        let mut section = Section::new("growth", "Growth since older snapshots");
        let Some(growth) = &self.growth else {
            section.missing("no older snapshot of the list was given (--previous FILE).");
            return section;
        };
        section.say(format!(
            "{} stood on an older snapshot, {} on none.",
            of_them(growth.found, "account"),
            counted(growth.new)
        ));
        let mut table = Table::new(
            "New accounts and known ones, by band",
            ["", "accounts", "genuine", "look", "spam", "pending"],
        );
        table.columns[0] = "accounts that are".into();
        for (name, n, bands) in
            [("new", growth.new, growth.bands_of_new), ("known", growth.found, growth.bands_of_found)]
        {
            let mut row = vec![words(name), count(n)];
            row.extend(bands.map(count));
            table.rows.push(row);
        }
        section.table(table);
        if growth.counts.iter().all(|c| c.deciles.is_none()) {
            section.missing("the snapshots have no counts in common: no growth of the accounts.");
            return section;
        }
        let mut table = Table::new(
            "Change of the known accounts' own counts since the oldest snapshot that has them",
            ["count", "grew", "same", "shrank", "not known", "lowest tenth", "median", "highest tenth"],
        );
        for change in &growth.counts {
            let mut row = vec![words(change.count)];
            row.extend(change.accounts.map(count));
            let signed = |v: f64| {
                let sign = if v > 0.0 {
                    "+"
                } else if v < 0.0 {
                    "-"
                } else {
                    ""
                };
                format!("{sign}{}", counted(v.abs().round() as u64))
            };
            match change.deciles {
                Some(deciles) => row.extend(deciles.map(|d| Cell::Number(signed(d)))),
                None => row.extend((0..3).map(|_| Cell::Number("–".into()))),
            }
            table.rows.push(row);
        }
        section.table(table);
        section
    }

    fn churn_section(&self) -> Section {
        let mut section = Section::new("churn", "Who came and who left");
        match &self.churn {
            None => section.missing("no older snapshot of the list was given (--previous FILE)."),
            Some(churn) => {
                let mut numbers = Table::new(
                    "Snapshots of the list",
                    ["taken on", "rows", "accounts", "came", "left", "snapshot"],
                );
                let some = |n: Option<u64>| n.map_or(Cell::Number("–".into()), count);
                for s in &churn.snapshots {
                    numbers.row([
                        words(s.date.clone().unwrap_or_else(|| "unknown".into())),
                        count(s.rows),
                        count(s.accounts),
                        some(s.came),
                        some(s.left),
                        words(file_name(&s.name)),
                    ]);
                }
                let columns: Vec<Column> = churn
                    .snapshots
                    .iter()
                    .enumerate()
                    .map(|(at, s)| Column {
                        label: s.date.clone().unwrap_or_else(|| format!("no. {}", at + 1)),
                        value: s.accounts as f64,
                        interval: None,
                        look: Look::Plain,
                    })
                    .collect();
                let sizes: Vec<String> =
                    columns.iter().map(|c| format!("{} on {}", counted(c.value as u64), c.label)).collect();
                section.plots(vec![Plot {
                    title: "Accounts on each snapshot".into(),
                    alt: format!("A column for each snapshot: {}.", sizes.join(", ")),
                    x: "snapshot".into(),
                    y: "accounts".into(),
                    numbers: Table::new("Accounts on each snapshot", ["taken on", "accounts"])
                        .with(columns.iter().map(|c| vec![words(c.label.clone()), count(c.value as u64)])),
                    shape: Shape::Columns { columns, unit: Unit::Count },
                }]);
                section.plots(vec![came_and_left(&churn.snapshots)]);
                section.table(numbers);
                let mut table = Table::new("What became of every account", ["what", "accounts"]);
                for (status, n) in &churn.statuses {
                    table.row([words(status.replace('_', " ")), count(*n)]);
                }
                section.table(table);
                if let (Some(rate), Some(against)) = (churn.leaving, churn.against_base) {
                    let base = &churn.base;
                    section.say(format!(
                        "{} of the followers leave in 30 days (95 % interval {}). The one base rate there is: {} ({}), {} of \
                         {} {}. {} That is one small list on one network: a hint, not a norm.",
                        percent(rate.value),
                        between(rate.lo, rate.hi),
                        percent(churn.base_rate.value),
                        between(churn.base_rate.lo, churn.base_rate.hi),
                        base.left,
                        base.of,
                        base.source,
                        match against {
                            Compared::Above => "More leave here than there, beyond chance.",
                            Compared::Below => "Fewer leave here than there, beyond chance.",
                            Compared::Alike => "Chance alone could make the difference between the two.",
                        }
                    ));
                } else {
                    section.missing("a rate of leaving: it takes snapshots of known and different dates.");
                }
                let mut table = Table::new(
                    "The first of them, in the order of the lists",
                    ["who", "accounts", "handles"],
                );
                for (who, named) in [("came", &churn.came), ("left", &churn.left)] {
                    table.row([words(who), count(named.accounts), handles(named)]);
                }
                section.table(table);
            }
        }
        let n = self.churners.accounts;
        if n > 0 {
            section.say(format!(
                "{} on this list followed and dropped others in bulk (their own following counts went up and down by \
                 hundreds, four times or more):",
                of_them(n, "account")
            ));
            section.table(
                Table::new("Churners, the first of them", ["accounts", "handles"])
                    .with([vec![count(n), handles(&self.churners)]]),
            );
        } else {
            section.say(
                "No account was seen to follow and drop others in bulk. It takes several older snapshots with following \
                 counts to see that.",
            );
        }
        section
    }

    fn reciprocity_section(&self) -> Section {
        let mut section = Section::new("reciprocity", "Who follows whom back");
        let [yes, no, unknown] = self.followed_back_by_rows;
        if yes + no > 0 {
            section.say(format!(
                "By the rows of the list itself {} followed back, {} not; not known for {}.",
                if yes == 1 { "1 account is".into() } else { format!("{} accounts are", counted(yes)) },
                counted(no),
                counted(unknown)
            ));
        }
        if self.reciprocity.is_empty() {
            section.missing(
                "the accounts that the owner of the list follows (--following FILE), and other brands to compare with \
                 (--compare FILE).",
            );
            return section;
        }
        let mut table = Table::new(
            "Following, followers and who is followed back",
            [
                "brand",
                "following",
                "followers",
                "followed back",
                "% of followers followed back",
                "% of following that follow",
                "",
            ],
        );
        table.columns[6] = "remark".into();
        let some = |n: Option<u64>| n.map_or(Cell::Number("–".into()), count);
        for brand in &self.reciprocity {
            table.row([
                Cell::Said(vec![brand.name.clone()], 0),
                some(brand.following),
                some(brand.followers),
                some(brand.followed_back),
                share(brand.of_followers()),
                share(brand.of_following()),
                words(brand.fault.clone().unwrap_or_default()),
            ]);
        }
        if self.reciprocity.iter().all(|brand| brand.fault.is_none()) {
            table.columns.pop();
            table.rows.iter_mut().for_each(|row| drop(row.pop()));
        }
        section.table(table);
        section.say(
            "Followed back: accounts on both lists. How many of its followers a brand follows back is a choice of manner, no \
             measure of worth.",
        );
        section
    }

    fn counts_section(&self) -> Section {
        let mut section = Section::new("counts", "Their own counts, as facts");
        section.say(
            "Followers, following and the ratio of the two are counts of the profiles. They are no measure of influence, and \
             nothing is ordered by them here.",
        );
        let mut any = false;
        for (title, distribution) in [
            ("Followers of the accounts", &self.followers),
            ("Accounts they follow", &self.following),
            ("Followers for each account followed", &self.followers_per_following),
        ] {
            if distribution.known() > 0 {
                section.table(distribution_table(title, "value", distribution));
                any = true;
            }
        }
        if !any {
            section.missing("the file has no counts of followers and following.");
        }
        let marks: Vec<_> = self.marks.iter().filter(|m| m.counts[0] + m.counts[1] > 0).collect();
        if !marks.is_empty() {
            let mut table =
                Table::new("Marks of the profiles", ["mark", "yes", "no", "not known", "could not be read"]);
            for mark in &marks {
                let mut row = vec![words(mark.mark)];
                row.extend(mark.counts.map(count));
                table.rows.push(row);
            }
            section.table(table);
        }
        let missing: Vec<&str> =
            self.marks.iter().filter(|m| m.counts[0] + m.counts[1] == 0).map(|m| m.mark).collect();
        if !missing.is_empty() {
            section.missing(format!("what the file does not tell of any account: {}.", missing.join("; ")));
        }
        section
    }

    fn reading_section(&self) -> Section {
        let mut section = Section::new("reading", "How the file was read");
        section.say(format!(
            "{} read, {} could not be read. Every table above accounts for every row: what a row does not tell is counted as \
             not known.",
            of_them(self.rows, "row"),
            counted(self.damaged)
        ));
        if !self.remarks.is_empty() {
            let mut table = Table::new("Rows with something that is not to be relied on", ["remark", "rows"]);
            for (remark, n) in &self.remarks {
                table.row([words(remark.clone()), count(*n)]);
            }
            section.table(table);
        }
        section.say(
            "Which column became which field, and what is damaged: botsieve inspect. Every account with its score and \
             reasons: botsieve screen -o queue.csv. What each section says and does not say: docs/report.md.",
        );
        section
    }
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path)
}

fn meaning(band: Band) -> &'static str {
    match band {
        Band::Genuine => "very likely people",
        Band::Look => "not sure either way: worth a look",
        Band::Spam => "very likely bots: look before believing",
        Band::Pending => "too little is known to say anything",
    }
}

fn short_meaning(band: Band) -> &'static str {
    match band {
        Band::Genuine => "very likely people",
        Band::Look => "not sure either way",
        Band::Spam => "very likely bots",
        Band::Pending => "too little known",
    }
}

fn look_of(band: Band) -> Look {
    match band {
        Band::Genuine => Look::Person,
        Band::Look => Look::Look,
        Band::Spam => Look::Bot,
        Band::Pending => Look::Unknown,
    }
}

fn age_words(days: f64) -> String {
    match days {
        d if d < 60.0 => format!("{} days", decimal(d, 0)),
        d if d < 730.0 => format!("{} months", decimal(d / 30.44, 0)),
        d => format!("{} years", decimal(d / 365.25, 1)),
    }
}

/// A distribution as bars, the unknown among them.
fn bars(title: &str, what: &str, when: &str, distribution: &Distribution, head: &str) -> Plot {
    let all = distribution.known() + distribution.unknown;
    let part = |n: u64| n as f64 / all.max(1) as f64;
    let mut rows: Vec<Bar> = distribution
        .bins
        .iter()
        .map(|(label, n)| Bar {
            label: label.clone(),
            value: *n as f64,
            interval: None,
            note: format!("{} · {}", counted(*n), percent(part(*n))),
            look: Look::Plain,
        })
        .collect();
    if distribution.unknown > 0 {
        rows.push(Bar {
            label: "not known".into(),
            value: distribution.unknown as f64,
            interval: None,
            note: format!("{} · {}", counted(distribution.unknown), percent(part(distribution.unknown))),
            look: Look::Unknown,
        });
    }
    let most = distribution.bins.iter().max_by_key(|(_, n)| *n);
    Plot {
        title: format!("{title} ({})", of_them(all, "account")),
        alt: format!(
            "Bars of the accounts by {what}{when}. Most accounts: {}. Not known for {}.",
            most.map_or(String::new(), |(label, n)| format!(
                "{label}, {} ({})",
                counted(*n),
                percent(part(*n))
            )),
            counted(distribution.unknown)
        ),
        x: "accounts".into(),
        y: what.into(),
        shape: Shape::Bars { rows, unit: Unit::Count },
        numbers: distribution_table(title, head, distribution),
    }
}

fn distribution_table(title: &str, head: &str, distribution: &Distribution) -> Table {
    let all = distribution.known() + distribution.unknown;
    let part = |n: u64| share((all > 0).then(|| n as f64 / all as f64));
    let mut table = Table::new(format!("{title}, in numbers"), [head, "accounts", "share"]);
    for (label, n) in &distribution.bins {
        table.row([words(label.clone()), count(*n), part(*n)]);
    }
    table.row([words("not known"), count(distribution.unknown), part(distribution.unknown)]);
    table.row([words("could not be read"), count(distribution.damaged), Cell::Number("–".into())]);
    table
}

/// Months as columns, with the rows of which it is not known in the table.
fn over_time(title: &str, what: &str, months: &Distribution) -> Plot {
    let (unit, columns) = by_time(&months.bins);
    let most = columns.iter().max_by_key(|(_, n)| *n);
    let mut numbers = Table::new(format!("{title} {unit}"), [unit, "accounts"]);
    for (label, n) in columns.iter().filter(|(_, n)| *n > 0) {
        numbers.row([words(label.clone()), count(*n)]);
    }
    numbers.row([words("not known"), count(months.unknown)]);
    numbers.row([words("could not be read"), count(months.damaged)]);
    let peak = most.map_or(String::new(), |(label, n)| format!(" Most in {label}: {}.", counted(*n)));
    Plot {
        title: format!("{title} {unit}"),
        alt: format!(
            "A column for each {unit} from {} to {}.{peak}",
            columns.first().map_or("", |c| &c.0),
            columns.last().map_or("", |c| &c.0)
        ),
        x: format!("{unit} {what} (UTC)"),
        y: "accounts".into(),
        shape: Shape::Columns {
            columns: columns
                .iter()
                .map(|(label, n)| Column {
                    label: label.clone(),
                    value: *n as f64,
                    interval: None,
                    look: Look::Plain,
                })
                .collect(),
            unit: Unit::Count,
        },
        numbers,
    }
}

/// Months joined to quarters, years or decades until they are few enough, with the empty ones between.
fn by_time(months: &[(String, u64)]) -> (&'static str, Vec<(String, u64)>) {
    let parsed = |label: &str| -> Option<i64> {
        let (year, month) = label.rsplit_once('-')?;
        Some(year.parse::<i64>().ok()? * 12 + month.parse::<i64>().ok()? - 1)
    };
    let times: Vec<(i64, u64)> = months.iter().filter_map(|(label, n)| Some((parsed(label)?, *n))).collect();
    let (first, last) =
        (times.iter().map(|t| t.0).min().unwrap_or(0), times.iter().map(|t| t.0).max().unwrap_or(0));
    for (unit, step) in [("month", 1), ("quarter", 3), ("year", 12), ("decade", 120), ("century", 1200)] {
        let (from, to) = (first.div_euclid(step), last.div_euclid(step));
        if (to - from) as usize >= MOST_COLUMNS && step < 1200 {
            continue;
        }
        let mut columns: Vec<(String, u64)> = (from..=to)
            .map(|at| {
                let (year, month) = ((at * step).div_euclid(12), (at * step).rem_euclid(12));
                let label = match step {
                    1 => format!("{year:04}-{:02}", month + 1),
                    3 => format!("{year:04} Q{}", month / 3 + 1),
                    12 => format!("{year:04}"),
                    _ => format!("{year:04}s"),
                };
                (label, 0)
            })
            .collect();
        for (time, n) in &times {
            columns[(time.div_euclid(step) - from) as usize].1 += n;
        }
        return (unit, columns);
    }
    ("century", Vec::new())
}

/// Who came and who left between one snapshot and the next, as bars.
fn came_and_left(snapshots: &[Snapshot]) -> Plot {
    let mut rows = Vec::new();
    let mut numbers = Table::new("Came and left, in numbers", ["by", "came", "left"]);
    let mut told = Vec::new();
    for (at, snapshot) in snapshots.iter().enumerate() {
        let (Some(came), Some(left)) = (snapshot.came, snapshot.left) else { continue };
        let by = snapshot.date.clone().unwrap_or_else(|| format!("no. {}", at + 1));
        for (what, n, look) in [("came", came, Look::Plain), ("left", left, Look::Unknown)] {
            rows.push(Bar {
                label: format!("{what} by {by}"),
                value: n as f64,
                interval: None,
                note: counted(n),
                look,
            });
        }
        told.push(format!("{} came and {} left by {by}", counted(came), counted(left)));
        numbers.row([words(by), count(came), count(left)]);
    }
    Plot {
        title: "Came and left since the snapshot before".into(),
        alt: format!("Two bars for each snapshot but the first: {}.", told.join("; ")),
        x: "accounts".into(),
        y: "what, and by which snapshot".into(),
        shape: Shape::Bars { rows, unit: Unit::Count },
        numbers,
    }
}

fn handles(named: &Named) -> Cell {
    let shown: Vec<String> = named.first.iter().map(|handle| at(handle)).collect();
    if shown.is_empty() {
        return words("–");
    }
    let more = named.accounts - shown.len() as u64;
    Cell::Said(shown, more)
}

/// A handle as people write it; an id has no sign before it.
fn at(name: &str) -> String {
    match name {
        "" => "(no handle)".into(),
        id if is_id(id) => id.to_string(),
        handle => format!("@{handle}"),
    }
}

#[allow(clippy::too_many_arguments)] // the words of one table
fn group_table(
    section: &mut Section,
    sort: &Sort,
    title: &str,
    head: &str,
    expects: &str,
    lacking: &str,
    pattern_is_said: bool,
) {
    let lower = format!("{}{}", title[..1].to_lowercase(), &title[1..]);
    if sort.compared == 0 {
        section.missing(format!("{lower}: the file has {lacking}."));
        return;
    }
    if sort.groups.is_empty() {
        section.say(format!(
            "{title}: no group beyond chance among {} that can be compared ({} cannot).",
            of_them(sort.compared, "account"),
            counted(sort.unknown)
        ));
        return;
    }
    section.say(format!(
        "{title}: {} among {} that can be compared ({} cannot){}. {expects}",
        of_them(sort.groups.len() as u64 + sort.more, "group"),
        of_them(sort.compared, "account"),
        counted(sort.unknown),
        if sort.more > 0 { format!(", the largest {} here", sort.groups.len()) } else { String::new() }
    ));
    let expected = sort.groups.iter().any(|g| g.expected.is_some());
    let mut columns = vec![head, "accounts"];
    columns.extend(if expected { vec!["expected", "chance"] } else { vec!["share of those with one"] });
    columns.extend(["genuine, look, spam, pending", "members"]);
    let mut table = Table::new(title, columns);
    for group in &sort.groups {
        let pattern = if pattern_is_said || head.starts_with("pattern") {
            Cell::Said(vec![group.pattern.clone()], 0)
        } else {
            words(group.pattern.clone())
        };
        let mut row = vec![pattern, count(group.accounts)];
        if expected {
            row.push(Cell::Number(group.expected.map_or("–".into(), few)));
            row.push(Cell::Number(group.chance.map_or("–".into(), chance_words)));
        } else {
            row.push(share((sort.compared > 0).then(|| group.accounts as f64 / sort.compared as f64)));
        }
        row.push(Cell::Number(group.bands.map(counted).join(", ")));
        row.push(members(group));
        table.rows.push(row);
    }
    section.table(table);
}

fn few(expected: f64) -> String {
    if expected < 0.1 { "under 0.1".into() } else { decimal(expected, 1) }
}

fn chance_words(chance: f64) -> String {
    match chance {
        c if c < 1e-9 => "under 1 in a billion".into(),
        c if c < 1e-6 => "under 1 in a million".into(),
        c => format!("1 in {}", counted((1.0 / c).floor() as u64)),
    }
}

fn members(group: &Group) -> Cell {
    Cell::Said(group.members.iter().map(|(_, handle)| at(handle)).collect(), group.more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(labels: &[(&str, u64)]) -> Vec<(String, u64)> {
        labels.iter().map(|(label, n)| ((*label).to_string(), *n)).collect()
    }

    #[test]
    fn time_is_drawn_in_units_that_fit_and_without_gaps() {
        let (unit, columns) = by_time(&months(&[("2020-01", 2), ("2020-04", 1)]));
        assert_eq!((unit, columns.len()), ("month", 4));
        assert_eq!(columns[1], ("2020-02".to_string(), 0));
        let (unit, columns) = by_time(&months(&[("2008-07", 2), ("2020-12", 1)]));
        assert_eq!((unit, columns.len()), ("quarter", 50));
        assert_eq!((columns[0].0.as_str(), columns[49].0.as_str()), ("2008 Q3", "2020 Q4"));
        let (unit, columns) = by_time(&months(&[("1970-01", 2), ("2020-12", 1)]));
        assert_eq!((unit, columns.len()), ("year", 51));
        for wild in [&[("0001-01", 1), ("9999-12", 1)][..], &[("-009-01", 1), ("2020-01", 1)], &[]] {
            let (_, columns) = by_time(&months(wild));
            assert!(columns.len() <= 120);
            assert_eq!(columns.iter().map(|c| c.1).sum::<u64>(), wild.len() as u64);
        }
    }

    #[test]
    fn chances_are_told_in_words() {
        assert_eq!(chance_words(0.003), "1 in 333");
        assert_eq!(chance_words(1e-7), "under 1 in a million");
        assert_eq!(chance_words(0.0), "under 1 in a billion");
    }
}
