//! Arabic: modern standard, addressing people in the plural, which fits everybody.

use jiff::civil::{Date, Time, Weekday};

use super::{
    Frame, Line,
    tongue::{Lead, Tongue},
};

pub(super) struct Arabic;

const MONTHS: [&str; 12] =
    ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"];

impl Tongue for Arabic {
    fn line(&self, line: Line) -> &'static str {
        match line {
            Line::AskService => "ما الخدمة التي تريدونها؟",
            Line::AskDate => "في أي يوم تريدون الموعد؟",
            Line::AskTime => "في أي ساعة يناسبكم الموعد؟",
            Line::AskName => "بأي اسم أسجل الموعد؟",
            Line::AskPhone => "على أي رقم يمكننا الاتصال بكم؟",
            Line::AskSlot => "أي من المواعيد المتاحة يناسبكم؟",
            Line::AskAppointment => "أي موعد تقصدون؟",
            Line::AskCode => "ما رمز التأكيد من فضلكم؟",
            Line::AskPattern => "كم مرة يتكرر الموعد، مثلًا كل يوم اثنين، وإلى متى؟",
            Line::InvalidDate => "لم أفهم اليوم. في أي تاريخ تريدون الموعد؟",
            Line::InvalidTime => "لم أفهم الساعة. في أي ساعة يناسبكم الموعد؟",
            Line::PastTime => "هذا الوقت قد مضى. أي وقت لاحق يناسبكم؟",
            Line::InvalidPattern => "لم أفهم كم مرة يتكرر الموعد. يمكنكم أن تقولوا مثلًا كل يوم ثلاثاء.",
            Line::UnknownService => "لا أجد هذه الخدمة عندنا. ما الذي تريدونه بالضبط؟",
            Line::UnknownStaff => "لا أجد أحدًا بهذا الاسم في فريقنا. عند من تريدون الموعد؟",
            Line::UnknownBranch => "لا أجد هذا الفرع. أي فرع تقصدون؟",
            Line::UnknownSlot => "لم أعد أجد هذا الموعد المتاح. يسعدني أن أبحث لكم عن موعد آخر.",
            Line::SlotTaken => "سبقكم شخص آخر إلى هذا الموعد قبل قليل.",
            Line::NothingNear => "لا أجد للأسف موعدًا متاحًا في الأيام القادمة. هل تريدون أن نعاود الاتصال بكم؟",
            Line::FullyBooked => "جميع المواعيد في هذه الفترة محجوزة للأسف.",
            Line::Closed => "نكون مغلقين في هذا الوقت.",
            Line::NobodySkilled => "لا يقدم أحد هنا هذه الخدمة حاليًا.",
            Line::NobodyThere => "لا يوجد أحد متاح في هذا الوقت للأسف.",
            Line::NobodySpeaks => "لا يوجد للأسف في هذا الوقت من يتحدث لغتكم.",
            Line::TooSoon => "هذا الموعد قريب جدًا للأسف.",
            Line::TooFar => "لا يمكن الحجز لموعد بعيد إلى هذا الحد للأسف.",
            Line::MayBeOutdated => "قد تكون هذه الأوقات قد تغيرت، ولا يصبح الموعد مؤكدًا إلا بعد الحجز.",
            Line::ForbiddenCombination => "لا يمكن الجمع بين هذه الخدمات.",
            Line::NoSequence => "لا أجد وقتًا يتسع لهذه الخدمات واحدة بعد الأخرى.",
            Line::AppointmentNotFound => "لا أجد هذا الموعد. ما يومه وساعته، أو ما رمز التأكيد من فضلكم؟",
            Line::NoAppointments => "لا أجد لكم أي موعد قادم.",
            Line::AlreadyCancelled => "هذا الموعد ملغى من قبل.",
            Line::NewCustomer => "لا توجد لدينا بيانات لهذا الرقم بعد. ما اسمكم من فضلكم؟",
            Line::SeveralCustomers => "هناك أكثر من شخص مسجل على هذا الرقم. مع من أتحدث من فضلكم؟",
            Line::AnonymousCaller => "رقمكم غير ظاهر. ما اسمكم من فضلكم؟",
            Line::NotIdentified => "لم أتمكن من التأكد من أن هذا الموعد لكم. ما رمز التأكيد من فضلكم؟",
            Line::WrongCode => "الرمز لا يطابق هذا الموعد. هل يمكنكم تكراره من فضلكم؟",
            Line::TooManyTries => "كانت هناك محاولات كثيرة. يمكنني أن أسجل طلبًا لمعاودة الاتصال بكم.",
            Line::CallbackNoted => "سجلت طلب معاودة الاتصال. سنتصل بكم.",
            Line::OfferCallback => "هل تريدون أن نعاود الاتصال بكم؟",
            Line::DegradedNoted => "لا أستطيع الاطلاع على جدول المواعيد الآن، لكنني سجلت طلبكم. سنعاود الاتصال بكم.",
            Line::DegradedOffer => "لا أستطيع الاطلاع على جدول المواعيد الآن. هل تريدون أن نعاود الاتصال بكم؟",
            Line::Uncertain => "لا أعرف الآن هل تم الحجز أم لا. سنتحقق من ذلك ونتصل بكم.",
            Line::Trouble => "حدث خطأ عندنا. هل تريدون أن نعاود الاتصال بكم؟",
            Line::Busy => "لدينا ضغط كبير في هذه اللحظة. يرجى المحاولة بعد قليل.",
            Line::NotPossible => "لا يمكنني القيام بذلك هنا للأسف.",
            Line::Unresolved => "لم أتمكن من معرفة الفرع الذي يتبعه هذا الرقم. يرجى الاتصال بالفرع مباشرة.",
            Line::MachineNotice => "يجري هذه المكالمة مساعد يعمل بالذكاء الاصطناعي.",
            Line::RecordingNotice => "يجري هذه المكالمة مساعد يعمل بالذكاء الاصطناعي، ويتم تسجيلها.",
        }
    }

    fn frame(&self, frame: Frame) -> &'static str {
        match frame {
            Frame::OfferOne => "يوجد موعد متاح {slot}.",
            Frame::OfferDay => "{day}: {times}.",
            Frame::OfferDayInstead => "المتاح: {day}، {times}.",
            Frame::OfferMany => "توجد مواعيد متاحة {slots}.",
            Frame::OfferSequence => "الخيار المتاح: {visits}.",
            Frame::DayFull => "جميع المواعيد محجوزة {day} للأسف.",
            Frame::StaffFull => "جميع المواعيد عند {staff} محجوزة {day} للأسف.",
            Frame::StaffBusy => "لا يوجد للأسف موعد عند {staff} في هذا الوقت.",
            Frame::DayClosed => "نحن مغلقون {day}.",
            Frame::DayHoliday => "نحن مغلقون {day} بسبب عطلة رسمية.",
            Frame::DayNobody => "لا يوجد أحد متاح {day} للأسف.",
            Frame::NeedsNotice => "هذا الموعد قريب جدًا، ونحتاج إلى {lead} على الأقل.",
            Frame::NotBeyond => "لا يمكن الحجز لموعد بعيد إلى هذا الحد، وآخر يوم متاح للحجز هو {date}.",
            Frame::TimeTaken => "سبقكم شخص آخر إلى موعد {time} قبل قليل.",
            Frame::PastDate => "هذا اليوم قد مضى، واليوم هو {today}. أي يوم تقصدون؟",
            Frame::Clarify => "هل تقصدون {options}؟",
            Frame::ServicesAre => "لا أجد هذه الخدمة عندنا. نقدم مثلًا {options}.",
            Frame::StaffAre => "لا أجد أحدًا بهذا الاسم في فريقنا. يمكنكم الاختيار من {options}.",
            Frame::TooManyServices => "الحد الأقصى لعدد الخدمات في المرة الواحدة هو {count}.",
            Frame::Booked => "تم الحجز: {visit}.",
            Frame::BookedInstead => "تم الحجز: {visit}؛ لم يكن هناك موعد عند {staff}.",
            Frame::BookedSequence => "تم الحجز: {visits}.",
            Frame::AlreadyBooked => "هذا الموعد محجوز لكم من قبل: {visit}.",
            Frame::Code => "رمز التأكيد هو {code}.",
            Frame::Rescheduled => "تم نقل الموعد إلى {visit}.",
            Frame::Cancelled => "تم الإلغاء: {visit}.",
            Frame::CancelledLate => "تم الإلغاء: {visit}. قد تترتب رسوم بسبب الإلغاء المتأخر.",
            Frame::TooLateToCancel => "لا يمكن إلغاء الموعد إلا قبل {lead} على الأقل.",
            Frame::TooLateToMove => "لا يمكن نقل الموعد إلا قبل {lead} على الأقل.",
            Frame::NextVisit => "موعدكم القادم: {visit}.",
            Frame::NextVisits => "مواعيدكم القادمة: {visits}.",
            Frame::WhichVisit => "أي موعد تقصدون: {visits}؟",
            Frame::SeriesBooked => "تم حجز السلسلة: {appointments}، أولها {visit}.",
            Frame::SeriesPartly => "عدد المواعيد المحجوزة {booked} من أصل {wanted}، وأولها {visit}.",
            Frame::SeriesPreview => "عدد المواعيد المتاحة {free} من أصل {wanted}. هل أحجزها؟",
            Frame::SeriesConflict => "هذا الوقت محجوز {day}، لذلك لم أحجز شيئًا.",
            Frame::SeriesCancelled => "تم الإلغاء: {appointments}.",
            Frame::SeriesTooLong => "الحد الأقصى لعدد مواعيد السلسلة هو {count}.",
            Frame::Welcome => "أهلًا بكم من جديد، {name}.",
            Frame::Greeting => "مرحبًا، معكم {business}. كيف يمكنني مساعدتكم؟",
            Frame::GreetingNamed => "مرحبًا {name}، معكم {business}. كيف يمكنني مساعدتكم؟",
        }
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        match weekday {
            Weekday::Monday => "الاثنين",
            Weekday::Tuesday => "الثلاثاء",
            Weekday::Wednesday => "الأربعاء",
            Weekday::Thursday => "الخميس",
            Weekday::Friday => "الجمعة",
            Weekday::Saturday => "السبت",
            Weekday::Sunday => "الأحد",
        }
    }

    fn plain_date(&self, date: Date, year: bool) -> String {
        let year = if year { format!(" {}", date.year()) } else { String::new() };
        format!("{} {}{year}", date.day(), super::month(&MONTHS, date))
    }

    fn named_day(&self, date: Date, year: bool) -> String {
        format!("{} {}", self.weekday(date.weekday()), self.plain_date(date, year))
    }

    fn on_day(&self, date: Date, year: bool) -> String {
        format!("يوم {}", self.named_day(date, year))
    }

    fn slot_day(&self, date: Date, year: bool) -> String {
        self.on_day(date, year)
    }

    fn today(&self) -> &'static str {
        "اليوم"
    }

    fn tomorrow(&self) -> &'static str {
        "غدًا"
    }

    fn clock(&self, time: Time) -> String {
        let part = match time.hour() {
            0..=11 => "صباحًا",
            12 => "ظهرًا",
            13..=17 => "بعد الظهر",
            _ => "مساءً",
        };
        match ((time.hour() + 11) % 12 + 1, time.minute()) {
            (hour, 0) => format!("الساعة {hour} {part}"),
            (hour, minute) => format!("الساعة {hour}:{minute:02} {part}"),
        }
    }

    fn at_clock(&self, time: Time) -> String {
        self.clock(time)
    }

    fn with_staff(&self, name: &str) -> String {
        format!(" مع {name}")
    }

    fn in_branch(&self, name: &str) -> String {
        format!(" في فرع {name}")
    }

    fn comma(&self) -> &'static str {
        "، "
    }

    fn semicolon(&self) -> &'static str {
        "؛ "
    }

    fn or(&self) -> &'static str {
        " أو "
    }

    fn and(&self) -> &'static str {
        // Written together with the word that follows.
        " و"
    }

    fn appointments(&self, count: u32) -> String {
        counted(count, ["موعد واحد", "موعدان", "مواعيد", "موعدًا", "موعد"])
    }

    fn lead(&self, lead: Lead) -> String {
        match lead {
            Lead::Minutes(count) => counted(count, ["دقيقة واحدة", "دقيقتين", "دقائق", "دقيقة", "دقيقة"]),
            Lead::Hours(count) => counted(count, ["ساعة واحدة", "ساعتين", "ساعات", "ساعة", "ساعة"]),
            Lead::Days(count) => counted(count, ["يوم واحد", "يومين", "أيام", "يومًا", "يوم"]),
        }
    }
}

/// Returns a number with its noun: one and two are words of their own, three to ten govern the
/// plural, eleven to ninety-nine the singular accusative, full hundreds the singular.
fn counted(count: u32, [one, two, few, many, hundred]: [&str; 5]) -> String {
    match (count, count % 100) {
        (1, _) => one.to_owned(),
        (2, _) => two.to_owned(),
        (_, 3..=10) => format!("{count} {few}"),
        (_, 11..=99) => format!("{count} {many}"),
        _ => format!("{count} {hundred}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_govern_their_nouns() {
        for (count, expected) in [
            (1, "موعد واحد"),
            (2, "موعدان"),
            (3, "3 مواعيد"),
            (10, "10 مواعيد"),
            (11, "11 موعدًا"),
            (52, "52 موعدًا"),
            (100, "100 موعد"),
            (103, "103 مواعيد"),
        ] {
            assert_eq!(Arabic.appointments(count), expected);
        }
        assert_eq!(Arabic.lead(Lead::Hours(2)), "ساعتين");
    }
}
