//! What sequences are made of.

use super::*;

#[test]
fn pieces_have_everyones_starts_within_notice_and_their_scores_by_day() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let salon = Salon::new().taken(Resource::Staff(staff("ben")), "25 09:00", "25 12:00");
    let days = salon.days(at("24 08:00"));
    let asked = request(Wish::Earliest(day("24")));
    let found = pieces(&zone, &days, &[], &asked).unwrap();
    let mut names = [staff("sofia"), staff("ben")];
    names.sort_unstable();
    assert_eq!(found.staff.iter().map(|piece| piece.staff).collect::<Vec<_>>(), names);
    let ben = found.staff.iter().find(|piece| piece.staff == staff("ben")).unwrap();
    // Asked at eight with an hour's notice.
    assert_eq!(ben.starts.at_or_after(0), Some(at("24 09:00")));
    assert!(!ben.starts.contains(at("25 09:00")) && ben.starts.contains(at("25 13:00")));
    assert!(ben.score_at(at("25 13:00")) < ben.score_at(at("24 13:00")), "a fuller day counts less");
    assert!(ben.score_at(at("24 13:00")) > 0.0 && found.rooms.is_empty());
}

#[test]
fn pieces_name_the_rooms_of_the_kind_and_when_they_are_free() {
    let zone = Zone::load("Europe/Berlin").unwrap();
    let salon = Salon::new().taken(Resource::Room(room("kabine-1")), "25 10:00", "25 11:00");
    let mut asked = request(Wish::Earliest(day("25")));
    asked.service.room_kind = Some("kabine".into());
    let found = pieces(&zone, &salon.days(at("24 08:00")), &[], &asked).unwrap();
    let (id, starts) = &found.rooms[0];
    assert_eq!((*id, found.rooms.len()), (room("kabine-1"), 1));
    assert!(starts.contains(at("25 09:30")) && !starts.contains(at("25 09:35")) && starts.contains(at("25 11:00")));
    assert!(found.staff.iter().all(|piece| !piece.starts.contains(at("25 10:00"))));
}
