//! Callers who show no number: guests, recognised later by name and code together.

use callflow_contract::resolver::v1::{FindCustomerRequest, GetCallRequest, caller::Kind};
use callflow_testkit::wait_for;

use crate::{
    customer::{appointment, book, find},
    fixture::{LONG, TestResolver},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_a_number_is_recognised_by_name_and_code_together() {
    let test = TestResolver::start().await;
    let mut booked = appointment("Erika Muster", "", "sofia");
    booked.call_id = "call_withheld".into();
    let mut second = appointment("Erika Muster", "", "sofia");
    second.call_id = "call_withheld".into();
    book(&test, vec![booked, second]).await;
    let ask = async |company: &str, name: &str, code: &str| {
        let request = FindCustomerRequest {
            company: company.into(),
            phone: "anonymous".into(),
            name: name.into(),
            confirmation_code: code.into(),
            ..FindCustomerRequest::default()
        };
        test.client.clone().find_customer(request).await.unwrap().into_inner().caller.unwrap()
    };
    let guest =
        wait_for("the booking to be heard of", LONG, async || match ask("salon", "Muster", "k 4 r 7 z").await {
            caller if caller.kind() == Kind::Known && caller.customers[0].bookings == 2 => Ok(caller),
            caller => Err(caller),
        })
        .await;
    assert_eq!((guest.customers.len(), guest.customers[0].name.as_str()), (1, "Erika Muster"));
    let other = [("salon", "", "K4R7Z"), ("salon", "Erika Muster", ""), ("salon", "Erik", "K4R7Z")];
    for (company, name, code) in
        other.into_iter().chain([("salon", "Muster", "K4R7K"), ("suedpark", "Muster", "K4R7Z")])
    {
        let caller = ask(company, name, code).await;
        assert_eq!((caller.kind(), caller.customers.len()), (Kind::Withheld, 0), "{company} {name} {code}");
    }
    let call = GetCallRequest { company: "salon".into(), call_id: "call_withheld".into() };
    let call = test.client.clone().get_call(call).await.unwrap().into_inner().call.unwrap();
    assert_eq!(call.customer_id, guest.customers[0].customer_id);
    test.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_caller_who_was_identified_is_that_customer_for_the_rest_of_the_call() {
    let test = TestResolver::start().await;
    let mut first = appointment("Erika Muster", "", "sofia");
    first.call_id = "call_first".into();
    book(&test, vec![first]).await;
    let ask = FindCustomerRequest {
        phone: "anonymous".into(),
        name: "Muster".into(),
        confirmation_code: "K4R7Z".into(),
        call_id: "call_second".into(),
        ..FindCustomerRequest::default()
    };
    let erika = wait_for("the booking to be heard of", LONG, async || {
        let caller = find(&test, ask.clone()).await;
        if caller.kind() == Kind::Known { Ok(caller.customers[0].clone()) } else { Err(caller) }
    })
    .await;
    let request = GetCallRequest { company: "salon".into(), call_id: "call_second".into() };
    let call = test.client.clone().get_call(request).await.unwrap().into_inner().call.unwrap();
    assert_eq!(call.customer_id, erika.customer_id, "whoever asks about the call sees who it was");

    // What she books in that call is hers, and what she books for her daughter is not.
    let mut second = appointment("Erika", "", "sofia");
    second.call_id = "call_second".into();
    let mut other = appointment("Lisa Muster", "", "sofia");
    (other.call_id, other.confirmation_code) = ("call_second".into(), "Z7R4K".into());
    book(&test, vec![second, other]).await;
    let lisa = FindCustomerRequest { name: "Lisa".into(), confirmation_code: "Z7R4K".into(), ..ask.clone() };
    let lisa = FindCustomerRequest { call_id: String::new(), ..lisa };
    let lisa = wait_for("the bookings to be heard of", LONG, async || match find(&test, lisa.clone()).await {
        caller if caller.kind() == Kind::Known => Ok(caller.customers[0].clone()),
        caller => Err(caller),
    })
    .await;
    let erika_now = find(&test, ask).await.customers.remove(0);
    assert_eq!((erika_now.customer_id.as_str(), erika_now.bookings), (erika.customer_id.as_str(), 2));
    assert_eq!(erika_now.name, "Erika Muster", "a first name does not replace a full one");
    assert_ne!(lisa.customer_id, erika.customer_id);
    assert_eq!((lisa.name.as_str(), lisa.bookings), ("Lisa Muster", 1));
    test.stop().await;
}
