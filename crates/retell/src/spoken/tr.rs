//! Turkish.

use jiff::civil::{Date, Time, Weekday};

use super::{
    Frame, Line,
    tongue::{Lead, Tongue},
};

pub(super) struct Turkish;

const MONTHS: [&str; 12] =
    ["Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"];

impl Tongue for Turkish {
    fn line(&self, line: Line) -> &'static str {
        match line {
            Line::AskService => "Hangi hizmeti istersiniz?",
            Line::AskDate => "Randevuyu hangi gün için istersiniz?",
            Line::AskTime => "Saat kaçta gelmek istersiniz?",
            Line::AskName => "Randevuyu hangi isme yazayım?",
            Line::AskPhone => "Sizi hangi numaradan arayabiliriz?",
            Line::AskSlot => "Boş saatlerden hangisi size uyar?",
            Line::AskAppointment => "Hangi randevudan söz ediyorsunuz?",
            Line::AskCode => "Onay kodunuzu söyler misiniz?",
            Line::AskPattern => "Randevu ne sıklıkla tekrarlansın, örneğin her pazartesi mi, ve ne zamana kadar?",
            Line::InvalidDate => "Günü anlayamadım. Randevuyu hangi tarih için istersiniz?",
            Line::InvalidTime => "Saati anlayamadım. Saat kaçta gelmek istersiniz?",
            Line::PastTime => "Bu saat geçti. Daha sonraki hangi saat size uyar?",
            Line::InvalidPattern => "Ne sıklıkla olacağını anlayamadım. Örneğin iki haftada bir salı diyebilirsiniz.",
            Line::UnknownService => "Bu hizmeti listemizde bulamadım. Tam olarak ne istersiniz?",
            Line::UnknownStaff => "Ekibimizde bu isimde birini bulamadım. Kimden randevu istersiniz?",
            Line::UnknownBranch => "Bu şubeyi bulamadım. Hangi şubemizi kastediyorsunuz?",
            Line::UnknownSlot => "Bu boş saati artık bulamıyorum. Size yeni bir saat arayabilirim.",
            Line::SlotTaken => "Bu saat az önce doldu.",
            Line::NothingNear => "Önümüzdeki günlerde maalesef boş yer bulamadım. Sizi geri aramamızı ister misiniz?",
            Line::FullyBooked => "Bu zaman aralığında maalesef tüm saatler dolu.",
            Line::Closed => "O saatte kapalıyız.",
            Line::NobodySkilled => "Bu hizmeti şu anda burada kimse vermiyor.",
            Line::NobodyThere => "O saatte maalesef müsait kimse yok.",
            Line::NobodySpeaks => "O saatte ekibimizde maalesef dilinizi konuşan kimse yok.",
            Line::TooSoon => "Bu maalesef çok yakın bir saat.",
            Line::TooFar => "Bu kadar ileri bir tarihe maalesef randevu veremiyorum.",
            Line::MayBeOutdated => "Bu saatler tam güncel olmayabilir, randevu ancak kaydedilince kesinleşir.",
            Line::ForbiddenCombination => "Bu hizmetler birlikte alınamıyor.",
            Line::NoSequence => "Bu hizmetleri art arda sığdıracak bir zaman bulamadım.",
            Line::AppointmentNotFound => {
                "Bu randevuyu bulamadım. Gününü ve saatini ya da onay kodunuzu söyler misiniz?"
            }
            Line::NoAppointments => "Adınıza kayıtlı ileri tarihli bir randevu bulamadım.",
            Line::AlreadyCancelled => "Bu randevu zaten iptal edilmiş.",
            Line::NewCustomer => "Bu numarada henüz kaydınız yok. Adınızı öğrenebilir miyim?",
            Line::SeveralCustomers => "Bu numarada birden fazla kişi kayıtlı. Kiminle görüşüyorum?",
            Line::AnonymousCaller => "Numaranız görünmüyor. Adınızı öğrenebilir miyim?",
            Line::NotIdentified => "Bu randevunun size ait olduğunu doğrulayamadım. Onay kodunuzu söyler misiniz?",
            Line::WrongCode => "Kod bu randevuya uymuyor. Lütfen bir kez daha söyler misiniz?",
            Line::TooManyTries => "Çok fazla deneme yapıldı. Sizi geri aramamız için not alabilirim.",
            Line::CallbackNoted => "Geri arama isteğinizi not ettim. Sizi arayacağız.",
            Line::OfferCallback => "Sizi geri aramamızı ister misiniz?",
            Line::DegradedNoted => "Şu anda takvime bakamıyorum ama isteğinizi not ettim. Sizi geri arayacağız.",
            Line::DegradedOffer => "Şu anda takvime bakamıyorum. Sizi geri aramamızı ister misiniz?",
            Line::Uncertain => {
                "Randevunun kaydedilip kaydedilmediğini şu anda bilmiyorum. Kontrol edip size haber vereceğiz."
            }
            Line::Trouble => "Bizde bir sorun oluştu. Sizi geri aramamızı ister misiniz?",
            Line::Busy => "Şu anda çok yoğunuz. Lütfen biraz sonra tekrar deneyin.",
            Line::NotPossible => "Bunu maalesef buradan yapamıyorum.",
            Line::Unresolved => "Bu numaraya ait bir şube maalesef bulamadım. Lütfen doğrudan şubeyi arayın.",
            Line::MachineNotice => "Bu görüşmeyi bir yapay zekâ yürütmektedir.",
            Line::RecordingNotice => "Bu görüşmeyi bir yapay zekâ yürütmektedir ve görüşme kaydedilmektedir.",
        }
    }

    fn frame(&self, frame: Frame) -> &'static str {
        match frame {
            Frame::OfferOne => "{slot} yer var.",
            Frame::OfferDay => "{day}: {times}.",
            Frame::OfferDayInstead => "Boş olan saatler: {day}, {times}.",
            Frame::OfferMany => "{slots} yer var.",
            Frame::OfferSequence => "Şöyle mümkün: {visits}.",
            Frame::DayFull => "{day} maalesef tüm saatler dolu.",
            Frame::StaffFull => "{day} {staff} maalesef tamamen dolu.",
            Frame::StaffBusy => "{staff} o saatte maalesef müsait değil.",
            Frame::DayClosed => "{day} kapalıyız.",
            Frame::DayHoliday => "{day} resmî tatil, kapalıyız.",
            Frame::DayNobody => "{day} maalesef müsait kimse yok.",
            Frame::NeedsNotice => "Bu çok yakın, randevuyu en az {lead} önceden almak gerekiyor.",
            Frame::NotBeyond => "O kadar ileri bir tarih maalesef olmuyor, en geç {date} için randevu verebiliyorum.",
            Frame::TimeTaken => "{time} randevusu az önce doldu.",
            Frame::PastDate => "Bu tarih geçti, bugün {today}. Hangi günü kastediyorsunuz?",
            Frame::Clarify => "Şunu mu demek istediniz: {options}?",
            Frame::ServicesAre => "Bu hizmeti listemizde bulamadım. Örneğin {options} sunuyoruz.",
            Frame::StaffAre => "Ekibimizde bu isimde birini bulamadım. Şunlardan seçebilirsiniz: {options}.",
            Frame::TooManyServices => "Bir seferde en fazla {count} hizmet ayarlayabilirim.",
            Frame::Booked => "Randevunuz alındı: {visit}.",
            Frame::BookedInstead => "Randevunuz alındı: {visit}; {staff} müsait değildi.",
            Frame::BookedSequence => "Randevularınız alındı: {visits}.",
            Frame::AlreadyBooked => "Bu randevu zaten alınmış: {visit}.",
            Frame::Code => "Onay kodunuz: {code}.",
            Frame::Rescheduled => "Randevunuz şu zamana alındı: {visit}.",
            Frame::Cancelled => "İptal edildi: {visit}.",
            Frame::CancelledLate => "İptal edildi: {visit}. Geç iptal olduğu için ücret alınabilir.",
            Frame::TooLateToCancel => "Randevu en geç {lead} önce iptal edilebilir.",
            Frame::TooLateToMove => "Randevu en geç {lead} önce başka bir zamana alınabilir.",
            Frame::NextVisit => "Sıradaki randevunuz: {visit}.",
            Frame::NextVisits => "Sıradaki randevularınız: {visits}.",
            Frame::WhichVisit => "Hangi randevuyu kastediyorsunuz: {visits}?",
            Frame::SeriesBooked => "Seri kaydedildi: {appointments}, ilki {visit}.",
            Frame::SeriesPartly => "İstediğiniz {wanted} randevudan {booked} tanesi alındı, ilki {visit}.",
            Frame::SeriesPreview => "İstediğiniz {wanted} tarihten {free} tanesi boş. Kaydedeyim mi?",
            Frame::SeriesConflict => "{day} bu saat dolu, bu yüzden hiçbir şey kaydetmedim.",
            Frame::SeriesCancelled => "İptal edildi: {appointments}.",
            Frame::SeriesTooLong => "Bir seride en fazla {count} randevu olabilir.",
            Frame::Welcome => "Tekrar aradığınıza sevindik, {name}.",
            Frame::Greeting => "Merhaba, burası {business}. Size nasıl yardımcı olabilirim?",
            Frame::GreetingNamed => "Merhaba {name}, burası {business}. Size nasıl yardımcı olabilirim?",
        }
    }

    fn weekday(&self, weekday: Weekday) -> &'static str {
        match weekday {
            Weekday::Monday => "Pazartesi",
            Weekday::Tuesday => "Salı",
            Weekday::Wednesday => "Çarşamba",
            Weekday::Thursday => "Perşembe",
            Weekday::Friday => "Cuma",
            Weekday::Saturday => "Cumartesi",
            Weekday::Sunday => "Pazar",
        }
    }

    fn plain_date(&self, date: Date, year: bool) -> String {
        let year = if year { format!(" {}", date.year()) } else { String::new() };
        format!("{} {}{year}", date.day(), super::month(&MONTHS, date))
    }

    fn named_day(&self, date: Date, year: bool) -> String {
        format!("{} {}", self.plain_date(date, year), self.weekday(date.weekday()))
    }

    fn on_day(&self, date: Date, year: bool) -> String {
        format!("{} günü", self.named_day(date, year))
    }

    fn slot_day(&self, date: Date, year: bool) -> String {
        self.on_day(date, year)
    }

    fn today(&self) -> &'static str {
        "bugün"
    }

    fn tomorrow(&self) -> &'static str {
        "yarın"
    }

    fn clock(&self, time: Time) -> String {
        format!("saat {}.{:02}", time.hour(), time.minute())
    }

    fn at_clock(&self, time: Time) -> String {
        format!("{}'{}", self.clock(time), locative(time))
    }

    fn with_staff(&self, name: &str) -> String {
        // "ile" instead of a suffix: it needs no vowel harmony and is right for foreign names, too.
        format!(" {name} ile")
    }

    fn in_branch(&self, name: &str) -> String {
        format!(", {name} şubesinde")
    }

    fn or(&self) -> &'static str {
        " veya "
    }

    fn and(&self) -> &'static str {
        " ve "
    }

    fn appointments(&self, count: u32) -> String {
        format!("{count} randevu")
    }

    fn lead(&self, lead: Lead) -> String {
        match lead {
            Lead::Minutes(count) => format!("{count} dakika"),
            Lead::Hours(count) => format!("{count} saat"),
            Lead::Days(count) => format!("{count} gün"),
        }
    }

    fn capitalised(&self, text: &str) -> String {
        let mut letters = text.chars();
        match letters.next() {
            // Dotted i keeps its dot.
            Some('i') => std::iter::once('İ').chain(letters).collect(),
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => String::new(),
        }
    }
}

/// Returns the suffix "at" for a time as it is spoken: the last number word decides, because of
/// vowel harmony and because of hard consonants. 15.30 ends in "otuz", 15.00 in "on beş".
fn locative(time: Time) -> &'static str {
    let last = if time.minute() == 0 { time.hour() } else { time.minute() };
    match (last / 10, last % 10) {
        // sıfır; on, otuz; altı, dokuz
        (0, 0) | (1 | 3, 0) | (_, 6 | 9) => "da",
        // kırk
        (4, 0) => "ta",
        // üç, dört, beş
        (_, 3..=5) => "te",
        // yirmi, elli; bir, iki, yedi, sekiz
        _ => "de",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn the_suffix_follows_the_last_word_that_is_spoken() {
        for (hour, minute, expected) in [
            (15, 30, "saat 15.30'da"),
            (15, 0, "saat 15.00'te"),
            (14, 0, "saat 14.00'te"),
            (10, 0, "saat 10.00'da"),
            (9, 0, "saat 9.00'da"),
            (8, 0, "saat 8.00'de"),
            (16, 0, "saat 16.00'da"),
            (11, 0, "saat 11.00'de"),
            (12, 20, "saat 12.20'de"),
            (13, 0, "saat 13.00'te"),
            (20, 0, "saat 20.00'de"),
            (17, 40, "saat 17.40'ta"),
            (17, 45, "saat 17.45'te"),
            (17, 50, "saat 17.50'de"),
            (9, 10, "saat 9.10'da"),
            (0, 0, "saat 0.00'da"),
            (7, 5, "saat 7.05'te"),
        ] {
            assert_eq!(Turkish.at_clock(time(hour, minute, 0, 0)), expected);
        }
    }

    #[test]
    fn a_dotted_i_stays_dotted() {
        assert_eq!(Turkish.capitalised("iki"), "İki");
        assert_eq!(Turkish.capitalised("yarın"), "Yarın");
    }
}
