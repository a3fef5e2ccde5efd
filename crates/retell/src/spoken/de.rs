//! German.

use jiff::civil::{Date, Time, Weekday};

use super::{
    Frame, Line,
    tongue::{Lead, Tongue},
};

pub(super) struct German;

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Tongue for German {
    fn line(&self, line: Line) -> &'static str {
        match line {
            Line::AskService => "Welche Leistung wünschen Sie?",
            Line::AskDate => "Für welchen Tag wünschen Sie den Termin?",
            Line::AskTime => "Um wie viel Uhr passt es Ihnen?",
            Line::AskName => "Auf welchen Namen darf ich den Termin eintragen?",
            Line::AskPhone => "Unter welcher Nummer können wir Sie zurückrufen?",
            Line::AskSlot => "Welcher der freien Termine passt Ihnen?",
            Line::AskAppointment => "Um welchen Termin geht es?",
            Line::AskCode => "Nennen Sie mir bitte Ihren Bestätigungscode.",
            Line::AskPattern => {
                "Wie oft soll sich der Termin wiederholen, zum Beispiel jede Woche am Montag, und bis wann?"
            }
            Line::InvalidDate => "Den Tag habe ich nicht verstanden. Für welches Datum wünschen Sie den Termin?",
            Line::InvalidTime => "Die Uhrzeit habe ich nicht verstanden. Um wie viel Uhr passt es Ihnen?",
            Line::PastTime => "Diese Uhrzeit ist schon vorbei. Welche spätere Zeit passt Ihnen?",
            Line::InvalidPattern => {
                "Den Rhythmus habe ich nicht verstanden. Sagen Sie zum Beispiel: jeden zweiten Dienstag."
            }
            Line::UnknownService => "Diese Leistung finde ich bei uns nicht. Was genau wünschen Sie?",
            Line::UnknownStaff => "Diesen Namen finde ich in unserem Team nicht. Bei wem wünschen Sie den Termin?",
            Line::UnknownBranch => "Diese Filiale finde ich nicht. Welche Filiale meinen Sie?",
            Line::UnknownSlot => "Diesen freien Termin finde ich nicht mehr. Ich suche Ihnen gern einen neuen.",
            Line::SlotTaken => "Dieser Termin wurde gerade vergeben.",
            Line::NothingNear => "In den nächsten Tagen finde ich leider nichts Freies. Dürfen wir Sie zurückrufen?",
            Line::FullyBooked => "In diesem Zeitraum ist leider alles belegt.",
            Line::Closed => "Zu dieser Zeit haben wir geschlossen.",
            Line::NobodySkilled => "Diese Leistung bietet hier zurzeit niemand an.",
            Line::NobodyThere => "Zu dieser Zeit ist leider niemand da.",
            Line::NobodySpeaks => "Zu dieser Zeit spricht im Team leider niemand Ihre Sprache.",
            Line::TooSoon => "Das ist leider zu kurzfristig.",
            Line::TooFar => "So weit im Voraus geht es leider nicht.",
            Line::MayBeOutdated => {
                "Diese Zeiten sind vielleicht nicht ganz aktuell, sicher ist der Termin erst mit der Buchung."
            }
            Line::ForbiddenCombination => "Diese Leistungen lassen sich nicht miteinander verbinden.",
            Line::NoSequence => "Für diese Leistungen nacheinander finde ich keine passende Zeit.",
            Line::AppointmentNotFound => {
                "Diesen Termin finde ich nicht. Nennen Sie mir bitte Tag und Uhrzeit oder Ihren Bestätigungscode."
            }
            Line::NoAppointments => "Ich finde keinen kommenden Termin für Sie.",
            Line::AlreadyCancelled => "Dieser Termin ist bereits abgesagt.",
            Line::NewCustomer => "Unter dieser Nummer kenne ich Sie noch nicht. Wie ist Ihr Name?",
            Line::SeveralCustomers => {
                "Unter dieser Nummer sind mehrere Personen eingetragen. Mit wem spreche ich bitte?"
            }
            Line::AnonymousCaller => "Ihre Nummer wird nicht angezeigt. Wie ist Ihr Name?",
            Line::NotIdentified => {
                "Ich kann nicht sicher sein, dass das Ihr Termin ist. Nennen Sie mir bitte Ihren Bestätigungscode."
            }
            Line::WrongCode => "Der Code passt nicht zu diesem Termin. Bitte nennen Sie ihn noch einmal.",
            Line::TooManyTries => "Das waren zu viele Versuche. Ich notiere gern einen Rückruf für Sie.",
            Line::CallbackNoted => "Ich habe einen Rückruf notiert. Wir melden uns bei Ihnen.",
            Line::OfferCallback => "Dürfen wir Sie zurückrufen?",
            Line::DegradedNoted => {
                "Ich kann gerade nicht in den Kalender schauen, habe Ihren Wunsch aber notiert. Wir rufen Sie zurück."
            }
            Line::DegradedOffer => "Ich kann gerade nicht in den Kalender schauen. Dürfen wir Sie zurückrufen?",
            Line::Uncertain => {
                "Ich weiß gerade nicht, ob die Buchung angekommen ist. Wir prüfen das und melden uns bei Ihnen."
            }
            Line::Trouble => "Da ist bei uns etwas schiefgegangen. Dürfen wir Sie zurückrufen?",
            Line::Busy => "Im Moment ist sehr viel los. Bitte versuchen Sie es gleich noch einmal.",
            Line::NotPossible => "Das kann ich hier leider nicht erledigen.",
            Line::Unresolved => {
                "Zu dieser Nummer finde ich leider keine Filiale. Bitte rufen Sie die Filiale direkt an."
            }
            Line::MachineNotice => "Dieses Gespräch wird von einer KI geführt.",
            Line::RecordingNotice => "Dieses Gespräch wird von einer KI geführt und aufgezeichnet.",
        }
    }

    fn frame(&self, frame: Frame) -> &'static str {
        match frame {
            Frame::OfferOne => "Frei ist {slot}.",
            Frame::OfferDay => "{day}: {times}.",
            Frame::OfferDayInstead => "Frei ist noch {day}: {times}.",
            Frame::OfferMany => "Frei ist {slots}.",
            Frame::OfferSequence => "Möglich ist {visits}.",
            Frame::DayFull => "{day} ist leider alles belegt.",
            Frame::StaffFull => "{day} ist bei {staff} leider alles belegt.",
            Frame::StaffBusy => "{staff} ist dann leider nicht frei.",
            Frame::DayClosed => "{day} haben wir geschlossen.",
            Frame::DayHoliday => "{day} ist Feiertag, da haben wir geschlossen.",
            Frame::DayNobody => "{day} ist leider niemand da.",
            Frame::NeedsNotice => "Das ist zu kurzfristig, wir brauchen mindestens {lead} Vorlauf.",
            Frame::NotBeyond => "So weit im Voraus geht es leider nicht, möglich ist es bis zum {date}.",
            Frame::TimeTaken => "Der Termin {at} wurde gerade vergeben.",
            Frame::PastDate => "Dieser Tag ist schon vorbei, heute ist {today}. Welchen Tag meinen Sie?",
            Frame::Clarify => "Meinen Sie {options}?",
            Frame::ServicesAre => "Diese Leistung finde ich bei uns nicht. Wir bieten zum Beispiel {options} an.",
            Frame::StaffAre => "Diesen Namen finde ich in unserem Team nicht. Zur Auswahl stehen {options}.",
            Frame::TooManyServices => "Ich kann höchstens {count} Leistungen auf einmal buchen.",
            Frame::Booked => "Gebucht: {visit}.",
            Frame::BookedInstead => "Gebucht: {visit}; {staff} war leider nicht frei.",
            Frame::BookedSequence => "Gebucht: {visits}.",
            Frame::AlreadyBooked => "Dieser Termin ist bereits gebucht: {visit}.",
            Frame::Code => "Ihr Bestätigungscode ist {code}.",
            Frame::Rescheduled => "Verschoben auf {visit}.",
            Frame::Cancelled => "Abgesagt: {visit}.",
            Frame::CancelledLate => "Abgesagt: {visit}. Weil es so kurzfristig ist, kann eine Gebühr anfallen.",
            Frame::TooLateToCancel => "Absagen ist nur bis {lead} vor dem Termin möglich.",
            Frame::TooLateToMove => "Verschieben ist nur bis {lead} vor dem Termin möglich.",
            Frame::NextVisit => "Ihr nächster Termin: {visit}.",
            Frame::NextVisits => "Ihre nächsten Termine: {visits}.",
            Frame::WhichVisit => "Welchen Termin meinen Sie: {visits}?",
            Frame::SeriesBooked => "Die Serie ist gebucht: {appointments}, der erste {visit}.",
            Frame::SeriesPartly => "Gebucht sind {booked} von {wanted} Terminen, der erste {visit}.",
            Frame::SeriesPreview => "Frei sind {free} von {wanted} Terminen. Soll ich sie buchen?",
            Frame::SeriesConflict => "{day} ist diese Zeit belegt, deshalb habe ich nichts gebucht.",
            Frame::SeriesCancelled => "Abgesagt: {appointments}.",
            Frame::SeriesTooLong => "Eine Serie kann höchstens {count} Termine haben.",
            Frame::Welcome => "Schön, dass Sie wieder anrufen, {name}.",
            Frame::Greeting => "Guten Tag, hier ist {business}. Wie kann ich Ihnen helfen?",
            Frame::GreetingNamed => "Guten Tag, {name}, hier ist {business}. Wie kann ich Ihnen helfen?",
        }
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        match weekday {
            Weekday::Monday => "Montag",
            Weekday::Tuesday => "Dienstag",
            Weekday::Wednesday => "Mittwoch",
            Weekday::Thursday => "Donnerstag",
            Weekday::Friday => "Freitag",
            Weekday::Saturday => "Samstag",
            Weekday::Sunday => "Sonntag",
        }
    }

    fn plain_date(&self, date: Date, year: bool) -> String {
        let year = if year { format!(" {}", date.year()) } else { String::new() };
        format!("{}. {}{year}", date.day(), super::month(&MONTHS, date))
    }

    fn named_day(&self, date: Date, year: bool) -> String {
        format!("{}, {}", self.weekday(date.weekday()), self.plain_date(date, year))
    }

    fn full_date(&self, date: Date) -> String {
        format!("{}, der {}", self.weekday(date.weekday()), self.plain_date(date, true))
    }

    fn on_day(&self, date: Date, year: bool) -> String {
        format!("am {}, den {}", self.weekday(date.weekday()), self.plain_date(date, year))
    }

    fn today(&self) -> &'static str {
        "heute"
    }

    fn tomorrow(&self) -> &'static str {
        "morgen"
    }

    fn clock(&self, time: Time) -> String {
        match time.minute() {
            0 => format!("{} Uhr", time.hour()),
            minute => format!("{} Uhr {minute}", time.hour()),
        }
    }

    fn at_clock(&self, time: Time) -> String {
        format!("um {}", self.clock(time))
    }

    fn with_staff(&self, name: &str) -> String {
        format!(" bei {name}")
    }

    fn in_branch(&self, name: &str) -> String {
        format!(" in der Filiale {name}")
    }

    fn or(&self) -> &'static str {
        " oder "
    }

    fn and(&self) -> &'static str {
        " und "
    }

    fn appointments(&self, count: u32) -> String {
        format!("{count} {}", if count == 1 { "Termin" } else { "Termine" })
    }

    fn lead(&self, lead: Lead) -> String {
        match lead {
            Lead::Minutes(1) => "1 Minute".into(),
            Lead::Minutes(count) => format!("{count} Minuten"),
            Lead::Hours(1) => "1 Stunde".into(),
            Lead::Hours(count) => format!("{count} Stunden"),
            Lead::Days(count) => format!("{count} Tage"),
        }
    }
}
