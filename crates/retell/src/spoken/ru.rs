//! Russian.

use jiff::civil::{Date, Time, Weekday};

use super::{
    Frame, Line,
    tongue::{Lead, Tongue},
};

pub(super) struct Russian;

/// Months in the genitive, as they follow a day's number.
const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

impl Tongue for Russian {
    fn line(&self, line: Line) -> &'static str {
        match line {
            Line::AskService => "Какую услугу вы хотите?",
            Line::AskDate => "На какой день вас записать?",
            Line::AskTime => "На какое время вас записать?",
            Line::AskName => "На какое имя записать?",
            Line::AskPhone => "По какому номеру вам перезвонить?",
            Line::AskSlot => "Какое из предложенных времён вам подходит?",
            Line::AskAppointment => "О какой записи идёт речь?",
            Line::AskCode => "Назовите, пожалуйста, код подтверждения.",
            Line::AskPattern => "Как часто повторять запись, например каждый понедельник, и до какого числа?",
            Line::InvalidDate => "День разобрать не удалось. На какое число вас записать?",
            Line::InvalidTime => "Время разобрать не удалось. На какое время вас записать?",
            Line::PastTime => "Это время уже прошло. Какое время попозже вам подходит?",
            Line::InvalidPattern => {
                "Не удалось разобрать, как часто повторять. Скажите, например, каждый второй вторник."
            }
            Line::UnknownService => "Такой услуги у нас нет. Что именно вы хотите?",
            Line::UnknownStaff => "Такого имени в нашей команде нет. К кому вас записать?",
            Line::UnknownBranch => "Такого филиала у нас нет. Какой филиал вы имеете в виду?",
            Line::UnknownSlot => "Этого времени в списке больше нет. Давайте подберём другое.",
            Line::SlotTaken => "Это время только что заняли.",
            Line::NothingNear => "На ближайшие дни, к сожалению, ничего свободного нет. Вам перезвонить?",
            Line::FullyBooked => "На это время, к сожалению, всё занято.",
            Line::Closed => "В это время мы закрыты.",
            Line::NobodySkilled => "Эту услугу здесь сейчас никто не оказывает.",
            Line::NobodyThere => "В это время, к сожалению, никого нет.",
            Line::NobodySpeaks => "В это время, к сожалению, никто в команде не говорит на вашем языке.",
            Line::TooSoon => "К сожалению, это слишком скоро.",
            Line::TooFar => "Записать так далеко вперёд, к сожалению, нельзя.",
            Line::MayBeOutdated => "Это время могло измениться, запись действительна только после подтверждения.",
            Line::ForbiddenCombination => "Эти услуги нельзя совместить.",
            Line::NoSequence => "Подобрать время для этих услуг подряд не удалось.",
            Line::AppointmentNotFound => {
                "Найти эту запись не удалось. Назовите, пожалуйста, её день и время или код подтверждения."
            }
            Line::NoAppointments => "Предстоящих записей у вас нет.",
            Line::AlreadyCancelled => "Эта запись уже отменена.",
            Line::NewCustomer => "По этому номеру у нас пока нет данных. Как вас зовут?",
            Line::SeveralCustomers => "По этому номеру записано несколько человек. С кем я говорю?",
            Line::AnonymousCaller => "Ваш номер не определился. Как вас зовут?",
            Line::NotIdentified => {
                "Не удалось убедиться, что это ваша запись. Назовите, пожалуйста, код подтверждения."
            }
            Line::WrongCode => "Код не подходит к этой записи. Назовите его, пожалуйста, ещё раз.",
            Line::TooManyTries => "Попыток было слишком много. Давайте мы вам перезвоним.",
            Line::CallbackNoted => "Просьба перезвонить записана. Мы вам позвоним.",
            Line::OfferCallback => "Вам перезвонить?",
            Line::DegradedNoted => {
                "Сейчас я не могу посмотреть в календарь, но ваша просьба записана. Мы вам перезвоним."
            }
            Line::DegradedOffer => "Сейчас я не могу посмотреть в календарь. Вам перезвонить?",
            Line::Uncertain => "Сейчас неизвестно, прошла ли запись. Мы проверим и свяжемся с вами.",
            Line::Trouble => "У нас произошёл сбой. Вам перезвонить?",
            Line::Busy => "Сейчас очень много звонков. Пожалуйста, попробуйте немного позже.",
            Line::NotPossible => "К сожалению, сделать это здесь нельзя.",
            Line::Unresolved => {
                "Определить филиал по этому номеру не удалось. Пожалуйста, позвоните в филиал напрямую."
            }
            Line::MachineNotice => "С вами говорит искусственный интеллект.",
            Line::RecordingNotice => "С вами говорит искусственный интеллект, разговор записывается.",
        }
    }

    // `{day}` stands at the beginning of a sentence: it ends with the comma that closes the date.
    fn frame(&self, frame: Frame) -> &'static str {
        match frame {
            Frame::OfferOne => "Свободно {slot}.",
            Frame::OfferDay => "{day}: {times}.",
            Frame::OfferDayInstead => "Ещё свободно: {day}, {times}.",
            Frame::OfferMany => "Свободно {slots}.",
            Frame::OfferSequence => "Подойдёт такой вариант: {visits}.",
            Frame::DayFull => "{day} всё уже занято.",
            Frame::StaffFull => "{day} специалист {staff} принять вас не может.",
            Frame::StaffBusy => "В это время специалист {staff} принять вас не может.",
            Frame::DayClosed => "{day} мы закрыты.",
            Frame::DayHoliday => "{day} праздничный день, мы закрыты.",
            Frame::DayNobody => "{day} принять вас некому.",
            Frame::NeedsNotice => "Это слишком скоро, записаться можно не позднее чем за {lead}.",
            Frame::NotBeyond => "Так далеко вперёд записать нельзя, только до {date}.",
            Frame::TimeTaken => "Время {time} только что заняли.",
            Frame::PastDate => "Этот день уже прошёл, сегодня {today}. Какой день вы имеете в виду?",
            Frame::Clarify => "Вы имеете в виду {options}?",
            Frame::ServicesAre => "Такой услуги у нас нет. Есть, например, {options}.",
            Frame::StaffAre => "Такого имени в нашей команде нет. Можно выбрать: {options}.",
            Frame::TooManyServices => "За один раз можно записать не больше {count} услуг.",
            Frame::Booked => "Вы записаны: {visit}.",
            Frame::BookedInstead => "Вы записаны: {visit}; специалист {staff} принять вас не может.",
            Frame::BookedSequence => "Вы записаны: {visits}.",
            Frame::AlreadyBooked => "Эта запись уже есть: {visit}.",
            Frame::Code => "Код подтверждения: {code}.",
            Frame::Rescheduled => "Запись перенесена: {visit}.",
            Frame::Cancelled => "Отменено: {visit}.",
            Frame::CancelledLate => "Отменено: {visit}. За позднюю отмену может взиматься плата.",
            Frame::TooLateToCancel => "Отменить запись можно не позднее чем за {lead}.",
            Frame::TooLateToMove => "Перенести запись можно не позднее чем за {lead}.",
            Frame::NextVisit => "Ваша следующая запись: {visit}.",
            Frame::NextVisits => "Ваши следующие записи: {visits}.",
            Frame::WhichVisit => "Какую запись вы имеете в виду: {visits}?",
            Frame::SeriesBooked => "Серия записана: {appointments}, первая {visit}.",
            Frame::SeriesPartly => "Записано {booked} из {wanted}, первая запись {visit}.",
            Frame::SeriesPreview => "Свободно {free} из {wanted}. Записать?",
            Frame::SeriesConflict => "{day} это время занято, поэтому ничего не записано.",
            Frame::SeriesCancelled => "Отменено: {appointments}.",
            Frame::SeriesTooLong => "В серии может быть не больше {count} записей.",
            Frame::Welcome => "Рады слышать вас снова, {name}.",
            Frame::Greeting => "Здравствуйте, это {business}. Чем могу помочь?",
            Frame::GreetingNamed => "Здравствуйте, {name}, это {business}. Чем могу помочь?",
        }
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        match weekday {
            Weekday::Monday => "понедельник",
            Weekday::Tuesday => "вторник",
            Weekday::Wednesday => "среда",
            Weekday::Thursday => "четверг",
            Weekday::Friday => "пятница",
            Weekday::Saturday => "суббота",
            Weekday::Sunday => "воскресенье",
        }
    }

    fn plain_date(&self, date: Date, year: bool) -> String {
        let year = if year { format!(" {} года", date.year()) } else { String::new() };
        format!("{} {}{year}", date.day(), super::month(&MONTHS, date))
    }

    fn named_day(&self, date: Date, year: bool) -> String {
        format!("{}, {}", self.weekday(date.weekday()), self.plain_date(date, year))
    }

    fn on_day(&self, date: Date, year: bool) -> String {
        format!("{},", self.slot_day(date, year))
    }

    fn slot_day(&self, date: Date, year: bool) -> String {
        format!("{}, {}", on_weekday(date.weekday()), self.plain_date(date, year))
    }

    fn today(&self) -> &'static str {
        "сегодня"
    }

    fn tomorrow(&self) -> &'static str {
        "завтра"
    }

    fn clock(&self, time: Time) -> String {
        format!("{}:{:02}", time.hour(), time.minute())
    }

    fn at_clock(&self, time: Time) -> String {
        format!("в {}", self.clock(time))
    }

    fn moment(&self, day: &str, at: &str) -> String {
        // A date between commas is closed by one; "сегодня" stands alone.
        let close = if day.contains(',') { "," } else { "" };
        format!("{day}{close} {at}")
    }

    fn with_staff(&self, name: &str) -> String {
        // In apposition, because foreign names cannot be declined by rule.
        format!(", специалист {name}")
    }

    fn in_branch(&self, name: &str) -> String {
        format!(", филиал {name}")
    }

    fn or(&self) -> &'static str {
        " или "
    }

    fn and(&self) -> &'static str {
        " и "
    }

    fn appointments(&self, count: u32) -> String {
        format!("{count} {}", plural(count, ["запись", "записи", "записей"]))
    }

    fn lead(&self, lead: Lead) -> String {
        let (count, forms) = match lead {
            Lead::Minutes(count) => (count, ["минуту", "минуты", "минут"]),
            Lead::Hours(count) => (count, ["час", "часа", "часов"]),
            Lead::Days(count) => (count, ["день", "дня", "дней"]),
        };
        format!("{count} {}", plural(count, forms))
    }
}

/// Returns a weekday in the accusative with its preposition.
const fn on_weekday(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "в понедельник",
        Weekday::Tuesday => "во вторник",
        Weekday::Wednesday => "в среду",
        Weekday::Thursday => "в четверг",
        Weekday::Friday => "в пятницу",
        Weekday::Saturday => "в субботу",
        Weekday::Sunday => "в воскресенье",
    }
}

/// Returns the form that follows a number: of one, of two to four, of many.
const fn plural(count: u32, forms: [&'static str; 3]) -> &'static str {
    match (count % 100, count % 10) {
        (11..=14, _) => forms[2],
        (_, 1) => forms[0],
        (_, 2..=4) => forms[1],
        _ => forms[2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_govern_their_nouns() {
        for (count, expected) in [
            (1, "1 запись"),
            (2, "2 записи"),
            (5, "5 записей"),
            (11, "11 записей"),
            (21, "21 запись"),
            (52, "52 записи"),
        ] {
            assert_eq!(Russian.appointments(count), expected);
        }
        assert_eq!(Russian.lead(Lead::Hours(24)), "24 часа");
        assert_eq!(Russian.lead(Lead::Minutes(30)), "30 минут");
    }
}
